import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

/** Output of one step that is passed on; what exceeds it is counted. Bytes. */
const outputLimit = 2 << 20;
/** The first left-out bytes after which their count is told; it is told again each time it has doubled. */
const firstTold = 1 << 20;
/** Pieces that follow one another within this time are told as one. Milliseconds. */
const interval = 40;
/** A piece of this many characters waits no longer. */
const pieceLength = 16 << 10;

/**
 * One step's output on its way to the events: decoded, in pieces of a bearable number however finely it was written,
 * and bounded. End it when the step has ended.
 */
export class StepOutput {
  readonly #emit: (stream: StreamName, text: string, truncated?: number) => void;
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  #pending: { stream: StreamName; text: string } = { stream: "stdout", text: "" };
  #timer: NodeJS.Timeout | undefined;
  #emittedAt = 0;
  #bytes = 0;
  #truncated = 0;
  #told = 0;
  #tellAt = firstTold;

  /** @param emit `truncated`: bytes left out since it was last told */
  constructor(emit: (stream: StreamName, text: string, truncated?: number) => void) {
    this.#emit = emit;
  }

  write(stream: StreamName, chunk: Buffer): void {
    const kept = chunk.subarray(0, Math.max(0, outputLimit - this.#bytes));
    this.#bytes += kept.length;
    this.#truncated += chunk.length - kept.length;
    this.#add(stream, this.#decoders[stream].write(kept));
    if (this.#truncated >= this.#tellAt) {
      this.#tellAt = this.#truncated * 2;
      this.#tell(stream);
    }
  }

  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#add(stream, this.#decoders[stream].end());
    }
    this.#flush();
    if (this.#truncated > this.#told) {
      this.#tell("stdout");
    }
  }

  #add(stream: StreamName, text: string): void {
    if (text === "") {
      return;
    }
    if (this.#pending.stream !== stream) {
      this.#flush();
    }
    this.#pending = { stream, text: this.#pending.text + text };
    const wait = this.#emittedAt + interval - performance.now();
    if (wait <= 0 || this.#pending.text.length >= pieceLength) {
      this.#flush();
    } else {
      this.#timer ??= setTimeout(() => this.#flush(), wait);
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { stream, text } = this.#pending;
    if (text !== "") {
      this.#pending = { stream, text: "" };
      this.#emittedAt = performance.now();
      this.#emit(stream, text);
    }
  }

  #tell(stream: StreamName): void {
    this.#flush();
    const truncated = this.#truncated - this.#told;
    this.#told = this.#truncated;
    this.#emit(stream, "", truncated);
  }
}
