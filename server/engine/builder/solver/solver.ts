import { randomUUID } from "node:crypto";
import { Cancelled } from "../../errdefs/errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { Flight, type FlightContext } from "./flight.ts";
import { contentKey, definitionKey } from "./keys.ts";
import { paced, unhurried } from "./paced.ts";
import { Prospect } from "./prospect.ts";
import { cancelledBy, Semaphore, throwIfAborted } from "./semaphore.ts";
import type {
  CacheManager,
  CacheMap,
  CacheRecord,
  ContentDigest,
  ImportedResults,
  KeyReport,
  KnownInput,
  Pace,
  Solved,
  SolveObserver,
  Vertex,
} from "./types.ts";

/** Executions that run, by their key. */
export type Flights<R> = Map<Digest, Flight<CacheRecord<R>>>;

export interface SolveOptions<R> {
  signal: AbortSignal;
  observer: SolveObserver<R>;
  /** Results to take for vertices as they are, by digest: neither they nor what only they need is looked at. */
  given?: ReadonlyMap<Digest, R>;
  /** what was made elsewhere and may be used */
  imported?: ImportedResults<R> | undefined;
  /** False for what the cache has and this build must not take. */
  accepts?: (vertex: Vertex<R>, result: R) => boolean;
}

/**
 * Solves graphs of vertices; README.md states the algorithm. One solver serves all builds that share a cache, so that
 * what two of them want at the same time is done once.
 */
export class Solver<R> {
  readonly #cache: CacheManager<R>;
  readonly #running: Semaphore;
  readonly #flights: Flights<R>;
  readonly #pace: Pace;

  /**
   * @param parallelism how many operations run at a time, all builds together
   * @param flights shared with other solvers on the same cache
   */
  constructor(cache: CacheManager<R>, parallelism: number, flights: Flights<R> = new Map(), pace: Pace = unhurried) {
    this.#cache = cache;
    this.#pace = pace;
    this.#flights = flights;
    this.#running = new Semaphore(parallelism);
  }

  /**
   * Solves `targets` and what they need, nothing else. The first failure cancels the rest, and is thrown when all that
   * ran has ended.
   */
  async solve(targets: readonly Vertex<R>[], options: SolveOptions<R>): Promise<Solved<R>[]> {
    const session = new Session(
      { cache: this.#cache, running: this.#running, flights: this.#flights, pace: this.#pace },
      options,
    );
    return session.solveAll(targets);
  }
}

/** What all calls of `solve` share. */
interface Shared<R> {
  cache: CacheManager<R>;
  running: Semaphore;
  flights: Flights<R>;
  pace: Pace;
}

/** One call of `solve`. */
class Session<R> {
  readonly #pace: Pace;
  readonly #cache: CacheManager<R>;
  readonly #running: Semaphore;
  readonly #flights: Flights<R>;
  readonly #observer: SolveObserver<R>;
  readonly #given: ReadonlyMap<Digest, R>;
  readonly #accepts: (vertex: Vertex<R>, result: R) => boolean;
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal;
  readonly #solved = new Map<Digest, Promise<Solved<R>>>();
  readonly #imported: ImportedResults<R> | undefined;
  #prospect: Prospect<R> | undefined;
  #failure: unknown;

  constructor({ cache, running, flights, pace }: Shared<R>, options: SolveOptions<R>) {
    this.#cache = cache;
    this.#running = running;
    this.#flights = flights;
    this.#pace = pace;
    this.#observer = options.observer;
    this.#given = options.given ?? new Map();
    this.#accepts = options.accepts ?? (() => true);
    this.#signal = AbortSignal.any([options.signal, this.#controller.signal]);
    this.#imported = options.imported;
  }

  async solveAll(targets: readonly Vertex<R>[]): Promise<Solved<R>[]> {
    this.#prospect = this.#prospectOf(targets);
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

  #prospectOf(targets: readonly Vertex<R>[]): Prospect<R> | undefined {
    if (this.#imported === undefined) {
      return undefined;
    }
    return new Prospect({
      targets,
      imported: this.#imported,
      given: this.#given,
      signal: this.#signal,
      find: (vertex, key) => this.#findOwn(vertex, key),
      solve: (vertex) => this.#solve(vertex),
      recognised: (vertex, report) => this.#observer.recognised?.(vertex, report),
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
    const given = this.#given.get(vertex.digest);
    if (given !== undefined) {
      return this.#take(vertex, given);
    }
    const imported = this.#prospect === undefined ? undefined : await this.#bring(vertex, this.#prospect);
    if (imported !== undefined) {
      return imported;
    }
    const inputs = await Promise.all(vertex.inputs.map((input) => this.#solve(input)));
    throwIfAborted(this.#signal);
    this.#observer.started(vertex);
    try {
      const { solved, report } = await this.#resolve(vertex, inputs);
      this.#observer.completed(vertex, solved, report);
      return solved;
    } catch (error) {
      throw this.#failed(vertex, error);
    }
  }

  /** @returns what is to be thrown */
  #failed(vertex: Vertex<R>, error: unknown): unknown {
    const thrown = this.#signal.aborted && !(error instanceof Cancelled) ? cancelledBy(this.#signal) : error;
    this.#observer.failed(vertex, thrown);
    this.#failure ??= thrown;
    this.#controller.abort(new Cancelled("cancelled: another step failed", { cause: error }));
    return thrown;
  }

  async #bring(vertex: Vertex<R>, prospect: Prospect<R>): Promise<Solved<R> | undefined> {
    try {
      const known = await prospect.bring(vertex, () => this.#observer.started(vertex));
      if (known !== undefined) {
        this.#observer.completed(vertex, known.solved, known.report);
      }
      return known?.solved;
    } catch (error) {
      throw this.#failed(vertex, error);
    }
  }

  /** Under an id of its own, so that nothing made from it is ever taken for what the vertex would have given. */
  #take(vertex: Vertex<R>, result: R): Solved<R> {
    const solved = { result, id: randomUUID(), cached: true, cacheable: true, createdAt: Date.now() };
    this.#observer.started(vertex);
    const nothing = { key: undefined, source: false, facts: {}, inputs: [] };
    const report: KeyReport = { ...nothing, cacheable: true, ignored: false, given: true };
    this.#observer.completed(vertex, solved, report);
    return solved;
  }

  async #resolve(vertex: Vertex<R>, inputs: readonly Solved<R>[]): Promise<{ solved: Solved<R>; report: KeyReport }> {
    const map = await vertex.op.cacheMap(this.#signal);
    const byDefinition = definitionKey(map, inputs);
    const contents: (ContentDigest | undefined)[] = inputs.map(() => undefined);
    const report = (): KeyReport => ({
      key: map.key,
      source: map.source === true,
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
      const record = await this.#find(vertex, byDefinition, inputs);
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
      const record = await this.#find(vertex, byContent, report().inputs);
      if (record !== undefined) {
        if (byDefinition !== undefined && !record.imported) {
          this.#cache.link(byDefinition, record.id);
        }
        return { solved: fromRecord(record, true), report: report() };
      }
    }
    const keys = byDefinition === undefined ? [byContent] : [...new Set([byContent, byDefinition])];
    const solved = await this.#fly(vertex, inputs, byContent, keys);
    return { solved, report: report() };
  }

  async #find(
    vertex: Vertex<R>,
    key: Digest,
    inputs: readonly KnownInput[],
  ): Promise<(CacheRecord<R> & { imported: boolean }) | undefined> {
    const own = await this.#findOwn(vertex, key);
    if (own !== undefined) {
      return { ...own, imported: false };
    }
    const imported = this.#imported?.find(key, vertex, inputs);
    const result = await imported?.bring?.(this.#signal);
    return imported === undefined || result === undefined ? undefined : { ...imported, result, imported: true };
  }

  async #findOwn(vertex: Vertex<R>, key: Digest): Promise<CacheRecord<R> | undefined> {
    const record = await this.#cache.find(key);
    return record !== undefined && this.#accepts(vertex, record.result) ? record : undefined;
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
      const record = await existing.join(passenger);
      return { ...fromRecord(record, true), measures: existing.measures };
    }
    const description = this.#observer.describe(vertex);
    const flight = new Flight<CacheRecord<R>>(async (context) => {
      const result = await this.#run(vertex, inputs, context);
      return this.#cache.save(keys, result, description);
    });
    this.#flights.set(key, flight);
    this.#observer.executing?.(flight.settled());
    void flight.settled().then(() => {
      if (this.#flights.get(key) === flight) {
        this.#flights.delete(key);
      }
    });
    const record = await flight.join(passenger);
    return { ...fromRecord(record, false), measures: flight.measures };
  }

  /** When there is a place, and it is these builds' turn. */
  async #run(vertex: Vertex<R>, inputs: readonly Solved<R>[], context: FlightContext): Promise<R> {
    const asked = performance.now();
    return this.#running.run(context.signal, async () => {
      await this.#pace.ready();
      throwIfAborted(context.signal);
      const began = performance.now();
      context.measure("waiting", began - asked);
      const results = inputs.map((input) => input.result);
      try {
        return await paced(this.#pace, context, (own) => vertex.op.exec(results, own));
      } finally {
        context.measure("running", performance.now() - began);
      }
    });
  }

  async #execute(vertex: Vertex<R>, inputs: readonly Solved<R>[]): Promise<R> {
    return this.#run(vertex, inputs, {
      signal: this.#signal,
      output: (stream, chunk) => this.#observer.output(vertex, stream, chunk),
      status: (status) => {
        this.#observer.status(vertex, status);
      },
      measure: () => undefined,
    });
  }
}

function fromRecord<R>(record: CacheRecord<R>, cached: boolean): Solved<R> {
  return { result: record.result, id: record.id, createdAt: record.createdAt, cached, cacheable: true };
}
