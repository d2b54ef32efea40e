import { Cancelled } from "../../errdefs/errors.ts";
import { cancelledBy } from "./semaphore.ts";
import type { ExecContext, ExecStatus } from "./types.ts";

/** Output kept for those who join later, bytes. */
const replayLimit = 256 * 1024;

/** What an execution tells all who wait for it. */
export type FlightContext = Omit<ExecContext, "aside">;

/** One who waits for a flight: gets its output. */
export interface Passenger {
  signal: AbortSignal;
  output(stream: "stdout" | "stderr", chunk: Buffer): void | Promise<void>;
  status(status: ExecStatus): void;
}

/**
 * One execution that several builds may wait for. It goes on while anybody waits, and is aborted when the last leaves.
 */
export class Flight<T> {
  readonly #controller = new AbortController();
  readonly #passengers = new Set<Passenger>();
  readonly #replay: { stream: "stdout" | "stderr"; chunk: Buffer }[] = [];
  #replayBytes = 0;
  readonly #done: Promise<T>;
  /** of the execution, so far */
  readonly measures: Record<string, number> = {};

  constructor(run: (context: FlightContext) => Promise<T>) {
    this.#done = run({
      signal: this.#controller.signal,
      output: (stream, chunk) => this.#output(stream, chunk),
      status: (status) => {
        for (const passenger of this.#passengers) {
          passenger.status(status);
        }
      },
      measure: (name, value) => {
        this.measures[name] = (this.measures[name] ?? 0) + value;
      },
    });
    // every passenger has its own way to learn of a failure
    this.#done.catch(() => undefined);
  }

  /** False once nobody waits any more: it is being aborted, start anew. */
  get open(): boolean {
    return !this.#controller.signal.aborted;
  }

  /** Waits for the result. @throws what the execution throws; Cancelled when the passenger's signal is aborted */
  async join(passenger: Passenger): Promise<T> {
    for (const { stream, chunk } of this.#replay) {
      void passenger.output(stream, chunk);
    }
    this.#passengers.add(passenger);
    let leave: (() => void) | undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => {
          reject(cancelledBy(passenger.signal));
        };
        passenger.signal.addEventListener("abort", leave, { once: true });
      });
      if (passenger.signal.aborted) {
        leave?.();
      }
      return await Promise.race([this.#done, left]);
    } finally {
      this.#passengers.delete(passenger);
      if (leave !== undefined) {
        passenger.signal.removeEventListener("abort", leave);
      }
      if (this.#passengers.size === 0) {
        this.#controller.abort(new Cancelled("cancelled: no build waits for this step any more"));
        // an aborted execution cleans up before its last build ends
        await this.settled();
      }
    }
  }

  /** Resolves when it has ended, in whatever way. */
  async settled(): Promise<void> {
    await this.#done.catch(() => undefined);
  }

  async #output(stream: "stdout" | "stderr", chunk: Buffer): Promise<void> {
    if (this.#replayBytes < replayLimit) {
      this.#replay.push({ stream, chunk });
      this.#replayBytes += chunk.length;
    }
    await Promise.all([...this.#passengers].map(async (passenger) => passenger.output(stream, chunk)));
  }
}
