import type { Readable } from "node:stream";
import { type LoopShare, LoopShares } from "../concurrency/loop-shares.ts";
import { Mutex } from "../concurrency/mutex.ts";
import { isEngineError, ResourceExhausted } from "../errdefs/errors.ts";
import { inRuncWords } from "../runtime/exec-words.ts";
import { LineSplitter } from "../logs/json-record.ts";
import type { ContainerLog } from "../logs/log-driver.ts";
import type { ProcessIO, SettledOutput } from "../runtime/task.ts";
import { OutputReader } from "./output-reader.ts";

type StreamName = "stdout" | "stderr";

/** How long the log is left alone after it failed (a full disk). Milliseconds. */
const logRetry = 1_000;
/** What is put into records and logged as one piece of work. A millisecond's, whatever the lines are like. */
const linesAtOnce = 400;
/** A line without a newline (a prompt) is logged after this long, so that readers of the log see it. Milliseconds. */
const idleFlush = 200;

/**
 * Takes the output of one container, run after run: logs it, and hands it to those attached.
 *
 * A reader may be there before the container starts and gets the next run's output. A reader that does not keep up
 * slows the container down, as with dockerd, but only for a while: see OutputReader.
 */
export class OutputHub {
  readonly #log: ContainerLog;
  readonly #readers = new Set<OutputReader>();
  readonly #splitters: Record<StreamName, LineSplitter> = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  /** Logging and handing out are one step, so that a replay of the log joins the live output without gap or overlap. */
  readonly #turn = new Mutex();
  /** While the log fails, output goes on to readers without it; from this time on (ms) it is tried again. */
  #logAgainAt: number | undefined;
  readonly #onLogError: (error: unknown) => void;
  readonly #share: LoopShare;
  #received = 0;
  /** of the run */
  #sources: readonly Readable[] = [];

  /** @param share whose time logging takes */
  constructor(log: ContainerLog, onLogError: (error: unknown) => void, share = new LoopShares().share()) {
    this.#log = log;
    this.#onLogError = onLogError;
    this.#share = share;
  }

  /** Takes one run's streams; resolves when both have ended and all is logged. Never rejects. */
  async pump(io: Pick<ProcessIO, "stdout" | "stderr">): Promise<void> {
    this.#sources = [io.stdout, io.stderr];
    await this.#log.open().catch((error: unknown) => this.#failLog(error));
    await Promise.all([this.#pumpOne("stdout", io.stdout), this.#pumpOne("stderr", io.stderr)]);
    await this.#log.close().catch((error: unknown) => this.#failLog(error));
    this.#logAgainAt = undefined;
    this.endReaders();
  }

  /** Nothing more is taken from the run's streams. What came is logged. */
  endSources(): void {
    for (const source of this.#sources) source.destroy();
  }

  /** How many pieces of output have come so far. */
  get received(): number {
    return this.#received;
  }

  /** Resolves when all whole lines that have come so far are in the log. */
  logged(): Promise<void> {
    return this.#turn.run(() => Promise.resolve());
  }

  /** No output will come: the run is over, could not begin, or the container goes. */
  endReaders(): void {
    for (const reader of this.#readers) {
      reader.end();
    }
    this.#readers.clear();
  }

  /** Live output from now on, to the end of the run. Forget it with `detach`. */
  attach(): OutputReader {
    const reader = new OutputReader();
    this.#readers.add(reader);
    return reader;
  }

  /** All output so far is in the log up to `loggedUntil`; the reader has what comes after. */
  attachAfterLog(): Promise<{ reader: OutputReader; loggedUntil: number }> {
    return this.#turn.run(async () => {
      await this.#flush("stdout");
      await this.#flush("stderr");
      return { reader: this.attach(), loggedUntil: await this.#log.end() };
    });
  }

  detach(reader: OutputReader): void {
    this.#readers.delete(reader);
    reader.end();
  }

  async #pumpOne(stream: StreamName, source: Readable): Promise<void> {
    let idle: NodeJS.Timeout | undefined;
    let isFirst = true;
    const settled = "settle" in source ? (source as SettledOutput) : undefined;
    try {
      if (settled !== undefined) await this.#turn.run(() => this.#takeUp(stream, settled));
      for await (const data of source) {
        const chunk = isFirst ? inRuncWords(data as Buffer) : (data as Buffer);
        isFirst = false;
        this.#received++;
        clearTimeout(idle);
        await this.#turn.run(async () => {
          await this.#deliver(stream, chunk);
          await this.#settle(stream, settled);
        });
        // Not in the middle of a character.
        if ((chunk.at(-1) ?? 0) < 0x80 && chunk.at(-1) !== 10) {
          idle = setTimeout(() => void this.#turn.run(() => this.#flush(stream)), idleFlush);
        }
      }
    } catch (error) {
      if (!source.destroyed || source.errored !== null) this.#failLog(error);
    } finally {
      clearTimeout(idle);
    }
    await this.#turn.run(() => this.#flush(stream));
  }

  /** Of what a predecessor read, it has logged as many bytes as the log has of this stream since then. */
  async #takeUp(stream: StreamName, source: SettledOutput): Promise<void> {
    const { data, logEnd } = source.unsettled;
    if (data.length > 0) await this.#deliver(stream, data.subarray(await this.#loggedSince(stream, logEnd)));
    await this.#settle(stream, source);
  }

  /** Bytes; all there are for a log that keeps nothing. */
  async #loggedSince(stream: StreamName, fromOffset: number): Promise<number> {
    let bytes = 0;
    try {
      const records = this.#log.read({ fromOffset, follow: false, signal: new AbortController().signal });
      for await (const record of records) if (record.stream === stream) bytes += record.line.length;
      return bytes;
    } catch (error) {
      if (isEngineError(error, "not_implemented")) return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  async #settle(stream: StreamName, source: SettledOutput | undefined): Promise<void> {
    source?.settle(await this.#log.end(), this.#splitters[stream].rest);
  }

  async #deliver(stream: StreamName, chunk: Buffer): Promise<void> {
    const readers = [...this.#readers];
    for (const reader of readers) {
      reader.push({ stream, chunk });
    }
    // Meanwhile nothing more is read: who writes more than its share waits for it.
    for (const piece of pieces(chunk)) {
      await this.#share.spend(() => this.#write(stream, this.#splitters[stream].push(piece)));
    }
    for (const reader of readers) {
      if (!(await reader.hasRoom())) {
        reader.fail(
          new ResourceExhausted("the client did not read the container's output for too long and was detached"),
        );
        this.#readers.delete(reader);
      }
    }
  }

  async #flush(stream: StreamName): Promise<void> {
    const rest = this.#splitters[stream].flush();
    if (rest !== undefined) {
      await this.#write(stream, [rest]);
    }
  }

  async #write(stream: StreamName, lines: Buffer[]): Promise<void> {
    if (lines.length === 0 || (this.#logAgainAt !== undefined && performance.now() < this.#logAgainAt)) {
      return;
    }
    const timeNano = nowNano();
    try {
      if (this.#logAgainAt !== undefined) {
        await this.#log.open();
      }
      await this.#log.write(lines.map((line) => ({ stream, timeNano, line })));
      this.#logAgainAt = undefined;
    } catch (error) {
      this.#failLog(error);
    }
  }

  #failLog(error: unknown): void {
    if (this.#logAgainAt === undefined) {
      this.#onLogError(error);
    }
    this.#logAgainAt = performance.now() + logRetry;
  }
}

/** Of few lines each. */
function* pieces(chunk: Buffer): Generator<Buffer> {
  let begin = 0;
  let lines = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, end + 1)) {
    if (++lines < linesAtOnce) continue;
    yield chunk.subarray(begin, end + 1);
    begin = end + 1;
    lines = 0;
  }
  if (begin < chunk.length) yield chunk.subarray(begin);
}

const clockOffset = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Wall clock in nanoseconds, growing by the monotonic clock between adjustments. */
export function nowNano(): bigint {
  const wall = BigInt(Date.now()) * 1_000_000n;
  const fine = clockOffset + process.hrtime.bigint();
  const drift = fine > wall ? fine - wall : wall - fine;
  return drift < 50_000_000n ? fine : wall;
}
