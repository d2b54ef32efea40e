import { randomUUID } from "node:crypto";
import { Cancelled } from "../../errdefs/errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { Flight } from "./flight.ts";
import { contentKey, definitionKey } from "./keys.ts";
import { cancelledBy, Semaphore, throwIfAborted } from "./semaphore.ts";
import type {
  CacheManager,
  CacheMap,
  CacheRecord,
  ContentDigest,
  KeyReport,
  Solved,
  SolveObserver,
  Vertex,
} from "./types.ts";

export interface SolveOptions<R> {
  signal: AbortSignal;
  observer: SolveObserver<R>;
}

/**
 * Solves graphs of vertices; README.md states the algorithm. One solver serves all builds that share a cache, so that
 * what two of them want at the same time is done once.
 */
export class Solver<R> {
  readonly #cache: CacheManager<R>;
  readonly #running: Semaphore;
  readonly #flights = new Map<Digest, Flight<CacheRecord<R>>>();

  /** @param parallelism how many operations run at a time, all builds together */
  constructor(cache: CacheManager<R>, parallelism: number) {
    this.#cache = cache;
    this.#running = new Semaphore(parallelism);
  }

  /**
   * Solves `targets` and what they need, nothing else. The first failure cancels the rest, and is thrown when all that
   * ran has ended.
   */
  async solve(targets: readonly Vertex<R>[], options: SolveOptions<R>): Promise<Solved<R>[]> {
    const session = new Session(this.#cache, this.#running, this.#flights, options);
    return session.solveAll(targets);
  }
}

/** One call of `solve`. */
class Session<R> {
  readonly #cache: CacheManager<R>;
  readonly #running: Semaphore;
  readonly #flights: Map<Digest, Flight<CacheRecord<R>>>;
  readonly #observer: SolveObserver<R>;
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal;
  readonly #solved = new Map<Digest, Promise<Solved<R>>>();
  #failure: unknown;

  constructor(
    cache: CacheManager<R>,
    running: Semaphore,
    flights: Map<Digest, Flight<CacheRecord<R>>>,
    options: SolveOptions<R>,
  ) {
    this.#cache = cache;
    this.#running = running;
    this.#flights = flights;
    this.#observer = options.observer;
    this.#signal = AbortSignal.any([options.signal, this.#controller.signal]);
  }

  async solveAll(targets: readonly Vertex<R>[]): Promise<Solved<R>[]> {
    const all = await Promise.allSettled(targets.map((target) => this.#solve(target)));
    // steps beside the failed one may still be at work
    for (let known = 0; known < this.#solved.size;) {
      known = this.#solved.size;
      await Promise.allSettled(this.#solved.values());
    }
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    return all.map((outcome) => {
      if (outcome.status === "rejected") {
        throw outcome.reason;
      }
      return outcome.value;
    });
  }

  async #solve(vertex: Vertex<R>): Promise<Solved<R>> {
    let solved = this.#solved.get(vertex.digest);
    if (solved === undefined) {
      solved = this.#solveOnce(vertex);
      this.#solved.set(vertex.digest, solved);
    }
    return solved;
  }

  async #solveOnce(vertex: Vertex<R>): Promise<Solved<R>> {
    const inputs = await Promise.all(vertex.inputs.map((input) => this.#solve(input)));
    throwIfAborted(this.#signal);
    this.#observer.started(vertex);
    try {
      const { solved, report } = await this.#resolve(vertex, inputs);
      this.#observer.completed(vertex, solved, report);
      return solved;
    } catch (error) {
      const thrown = this.#signal.aborted && !(error instanceof Cancelled) ? cancelledBy(this.#signal) : error;
      this.#observer.failed(vertex, thrown);
      this.#failure ??= thrown;
      this.#controller.abort(new Cancelled("cancelled: another step failed", { cause: error }));
      throw thrown;
    }
  }

  async #resolve(vertex: Vertex<R>, inputs: readonly Solved<R>[]): Promise<{ solved: Solved<R>; report: KeyReport }> {
    const map = await vertex.op.cacheMap(this.#signal);
    const byDefinition = definitionKey(map, inputs);
    const contents: (ContentDigest | undefined)[] = inputs.map(() => undefined);
    const report = (): KeyReport => ({
      facts: map.facts,
      inputs: inputs.map(({ id, cached }, index) => ({ id, cached, content: contents[index] })),
      cacheable: map.key !== undefined,
      ignored: vertex.ignoreCache,
    });
    if (map.source === true && map.key !== undefined) {
      const result = await this.#execute(vertex, inputs);
      const solved = { result, id: map.key, cached: true, cacheable: true, createdAt: Date.now() };
      return { solved, report: report() };
    }
    if (byDefinition !== undefined && !vertex.ignoreCache) {
      const record = await this.#cache.find(byDefinition);
      if (record !== undefined) {
        return { solved: fromRecord(record, true), report: report() };
      }
    }
    await this.#selectContents(map, inputs, contents);
    const byContent = contentKey(map, inputs, contents);
    if (byContent === undefined) {
      const result = await this.#execute(vertex, inputs);
      const solved = { result, id: randomUUID(), cached: false, cacheable: false, createdAt: Date.now() };
      return { solved, report: report() };
    }
    if (!vertex.ignoreCache && byContent !== byDefinition) {
      const record = await this.#cache.find(byContent);
      if (record !== undefined) {
        if (byDefinition !== undefined) {
          this.#cache.link(byDefinition, record.id);
        }
        return { solved: fromRecord(record, true), report: report() };
      }
    }
    const keys = byDefinition === undefined ? [byContent] : [...new Set([byContent, byDefinition])];
    const solved = await this.#fly(vertex, inputs, byContent, keys);
    return { solved, report: report() };
  }

  async #selectContents(
    map: CacheMap<R>,
    inputs: readonly Solved<R>[],
    contents: (ContentDigest | undefined)[],
  ): Promise<void> {
    for (const [index, select] of (map.selectors ?? []).entries()) {
      const input = inputs[index];
      if (select !== undefined && input !== undefined) {
        contents[index] = await select(input.result, this.#signal);
        throwIfAborted(this.#signal);
      }
    }
  }

  /** Executes under `key`, or joins the execution of another build under the same key. */
  async #fly(
    vertex: Vertex<R>,
    inputs: readonly Solved<R>[],
    key: Digest,
    keys: readonly Digest[],
  ): Promise<Solved<R>> {
    const passenger = {
      signal: this.#signal,
      output: (stream: "stdout" | "stderr", chunk: Buffer) => this.#observer.output(vertex, stream, chunk),
      status: (status: Parameters<SolveObserver<R>["status"]>[1]) => {
        this.#observer.status(vertex, status);
      },
    };
    const existing = vertex.ignoreCache ? undefined : this.#flights.get(key);
    if (existing?.open === true) {
      return fromRecord(await existing.join(passenger), true);
    }
    const description = this.#observer.describe(vertex);
    const flight = new Flight<CacheRecord<R>>((context) =>
      this.#running.run(context.signal, async () => {
        const result = await vertex.op.exec(
          inputs.map((input) => input.result),
          context,
        );
        return this.#cache.save(keys, result, description);
      }),
    );
    this.#flights.set(key, flight);
    void flight.settled().then(() => {
      if (this.#flights.get(key) === flight) {
        this.#flights.delete(key);
      }
    });
    return fromRecord(await flight.join(passenger), false);
  }

  async #execute(vertex: Vertex<R>, inputs: readonly Solved<R>[]): Promise<R> {
    return this.#running.run(this.#signal, () =>
      vertex.op.exec(
        inputs.map((input) => input.result),
        {
          signal: this.#signal,
          output: (stream, chunk) => this.#observer.output(vertex, stream, chunk),
          status: (status) => {
            this.#observer.status(vertex, status);
          },
        },
      ),
    );
  }
}

function fromRecord<R>(record: CacheRecord<R>, cached: boolean): Solved<R> {
  return { result: record.result, id: record.id, createdAt: record.createdAt, cached, cacheable: true };
}
