export interface OutputChunk {
  stream: "stdout" | "stderr";
  chunk: Buffer;
}

/** What may wait for a reader before its source waits for it. Bytes. */
const room = 1024 * 1024;
/** How long the source waits for a reader that takes nothing. Milliseconds. */
const patience = 10_000;

/**
 * One client's place in a stream of output: a bounded queue. When it is full the source waits for the client to take
 * something, for at most ten seconds; then the client is cut off with an error (never silently with a gap), so that a
 * stalled one cannot hold up a container for good.
 */
export class OutputReader implements AsyncIterable<OutputChunk> {
  readonly #queue: OutputChunk[] = [];
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #wakeReader: () => void = () => {};
  #wakeSource: () => void = () => {};

  push(chunk: OutputChunk): void {
    if (this.#ended) {
      return;
    }
    this.#queue.push(chunk);
    this.#bytes += chunk.chunk.length;
    this.#wakeReader();
  }

  /** Resolves true as soon as there is room (or the reader has ended), false when nothing was read for too long. */
  async hasRoom(): Promise<boolean> {
    while (this.#bytes > room && !this.#ended) {
      const before = this.#bytes;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.#wakeSource = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (this.#bytes === before && !this.#ended) {
        return false;
      }
    }
    return true;
  }

  /** Nothing more goes to it. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** The reader gets what is queued, then the end. */
  end(): void {
    this.#ended = true;
    this.#wakeReader();
    this.#wakeSource();
  }

  /** The reader gets what is queued, then the error. */
  fail(error: Error): void {
    this.#error = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputChunk, void, undefined> {
    for (;;) {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#bytes -= next.chunk.length;
        this.#wakeSource();
        yield next;
      }
      if (this.#error !== undefined) {
        throw this.#error;
      }
      if (this.#ended) {
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }
}
