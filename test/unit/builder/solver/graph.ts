import { randomUUID } from "node:crypto";
import type {
  CacheManager,
  CacheMap,
  CacheRecord,
  ContentSelector,
  ExecContext,
  KeyReport,
  Op,
  Solved,
  SolveObserver,
  Vertex,
} from "../../../../server/engine/builder/solver/types.ts";
import { type Digest, digestOf } from "../../../../server/engine/oci/digest.ts";

/** A cache in memory that counts its calls. */
export class MemoryCache implements CacheManager<string> {
  readonly records = new Map<Digest, CacheRecord<string>>();
  finds = 0;

  async find(key: Digest): Promise<CacheRecord<string> | undefined> {
    this.finds++;
    return this.records.get(key);
  }

  save(keys: readonly Digest[], result: string): CacheRecord<string> {
    const record = { id: randomUUID(), result, createdAt: Date.now() };
    for (const key of keys) {
      this.records.set(key, record);
    }
    return record;
  }

  link(key: Digest, id: string): void {
    const record = [...this.records.values()].find((candidate) => candidate.id === id);
    if (record !== undefined) {
      this.records.set(key, record);
    }
  }
}

/** An operation that joins its name and its inputs, and counts its calls. */
export class CountingOp implements Op<string> {
  readonly name: string;
  cacheMaps = 0;
  execs = 0;
  cacheable = true;
  source = false;
  selectors: (ContentSelector<string> | undefined)[] = [];
  /** replaces the plain result */
  body: ((inputs: readonly string[], context: ExecContext) => Promise<string>) | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async cacheMap(): Promise<CacheMap<string>> {
    this.cacheMaps++;
    return {
      key: this.cacheable ? digestOf(this.name) : undefined,
      source: this.source,
      facts: { name: this.name },
      selectors: this.selectors,
    };
  }

  async exec(inputs: readonly string[], context: ExecContext): Promise<string> {
    this.execs++;
    return this.body === undefined ? `${this.name}(${inputs.join(",")})` : this.body(inputs, context);
  }
}

export function vertex(op: CountingOp, inputs: Vertex<string>[] = [], ignoreCache = false): Vertex<string> {
  const digest = digestOf(JSON.stringify([op.name, ...inputs.map((input) => input.digest)]));
  return { digest, op, inputs, ignoreCache };
}

/** Records what it is told. */
export class Recorder implements SolveObserver<string> {
  readonly log: string[] = [];
  readonly reports = new Map<Digest, KeyReport>();

  started(): void {}

  output(_vertex: Vertex<string>, stream: string, chunk: Buffer): void {
    this.log.push(`${stream}: ${chunk.toString()}`);
  }

  status(): void {}

  completed(vertex: Vertex<string>, solved: Solved<string>, report: KeyReport): void {
    this.log.push(`${solved.cached ? "cached" : "ran"} ${report.facts["name"] ?? ""}`);
    this.reports.set(vertex.digest, report);
  }

  failed(_vertex: Vertex<string>, error: unknown): void {
    this.log.push(`failed ${(error as Error).message}`);
  }

  describe(): string {
    return "test";
  }
}

/** A promise and its handles. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
