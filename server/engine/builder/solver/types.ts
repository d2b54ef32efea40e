import type { Digest } from "../../oci/digest.ts";

/**
 * One step of a build: an operation on the results of others. Nothing here knows what an operation does.
 * `R` is what operations make and take.
 */
export interface Vertex<R> {
  /** digest of the definition: equal vertices of one build are solved once */
  readonly digest: Digest;
  readonly op: Op<R>;
  readonly inputs: readonly Vertex<R>[];
  /** runs even if the cache has it; its result is still kept for later */
  readonly ignoreCache: boolean;
}

export interface Op<R> {
  /** Cheap: what the operation does, as a key. Called before anything else, more than once where results are imported. */
  cacheMap(signal: AbortSignal): Promise<CacheMap<R>>;
  /**
   * Does it. Called at most once per key at a time, however many builds want it.
   * On failure or cancellation nothing may be left behind.
   */
  exec(inputs: readonly R[], context: ExecContext): Promise<R>;
}

export interface CacheMap<R> {
  /** Digest of all that decides the result but the inputs; undefined: never cached (always run). */
  key: Digest | undefined;
  /** A source: the key alone decides the result, and getting it costs nothing. Never kept; its record's id is the key. */
  source?: boolean;
  /** What `key` was made of, by name: only for explanations. */
  facts: Readonly<Record<string, string>>;
  /** By index of input: how to digest the part of its content that counts. Without one the whole input counts. */
  selectors?: readonly (ContentSelector<R> | undefined)[];
}

export type ContentSelector<R> = (input: R, signal: AbortSignal) => Promise<ContentDigest>;

export interface ContentDigest {
  digest: Digest;
  /** digest per path, for explanations */
  files?: Readonly<Record<string, string>>;
}

export interface ExecContext {
  readonly signal: AbortSignal;
  /** Waits when nobody can take more. */
  output(stream: "stdout" | "stderr", chunk: Buffer): void | Promise<void>;
  status(status: ExecStatus): void;
  /** Adds to one of the execution's measures (`bytesRead`, `committing`, ...), which come with what was solved. */
  measure(name: string, value: number): void;
  /** Waits for what is done elsewhere (a process, a server): not on this thread, whose time is shared (`Pace`). */
  aside<T>(wait: () => Promise<T>): Promise<T>;
}

/** The share that these builds have of the thread on which operations do their work. */
export interface Pace {
  /** Resolves when it is their turn. */
  ready(): Promise<void>;
  /** Does a small piece of work in its turn. */
  spend<T>(work: () => T): Promise<Awaited<T>>;
}

/** By name; of time in ms. The solver's own: `waiting` (for a place to run) and `running`. */
export type Measures = Readonly<Record<string, number>>;

export interface ExecStatus {
  item: string;
  status: string;
  current?: number;
  total?: number;
}

/** A result that the cache holds. */
export interface CacheRecord<R> {
  /** differs for every execution, so that what was made on top of an older execution is not mistaken for newer */
  id: string;
  result: R;
  /** ms since the epoch */
  createdAt: number;
}

/** Results by key. Persistence, limits and collection are the implementation's. */
export interface CacheManager<R> {
  /** A record whose result is still usable. */
  find(key: Digest): Promise<CacheRecord<R> | undefined>;
  /** Keeps `result` under all `keys`, in place of what was there. */
  save(keys: readonly Digest[], result: R, description: string): CacheRecord<R>;
  /** Lets a record be found under a further key. */
  link(key: Digest, id: string): void;
}

/** Results made elsewhere that a build was told to use. They are asked for after the cache, and never go into it. */
export interface ImportedResults<R> {
  /** @param key where the cache would have the result of `vertex` on `inputs` */
  find(key: Digest, vertex: Vertex<R>, inputs: readonly KnownInput[]): ImportedRecord<R> | undefined;
}

/** One input of a vertex: its record, and what was read of it if that counts instead. */
export interface KnownInput {
  id: string;
  content?: ContentDigest | undefined;
}

export interface ImportedRecord<R> {
  /** the same for equal results under one key, wherever they come from */
  id: string;
  /** ms since the epoch */
  createdAt: number;
  /** Gets it here; undefined when that fails. Without one only what was made from it came along. */
  bring?: ((signal: AbortSignal) => Promise<R | undefined>) | undefined;
}

/** How one vertex came to its result. */
export interface Solved<R> {
  result: R;
  /** of the cache record; unique for what is never cached */
  id: string;
  /** from the cache, or made by a concurrent build */
  cached: boolean;
  /** may its id be part of keys that are kept? */
  cacheable: boolean;
  createdAt: number;
  /** of the execution, if there was one in this build or it was joined */
  measures?: Measures;
}

/** What decided over hit or miss, for explanations. */
export interface KeyReport {
  /** the operation's; undefined: it is never kept, or was given */
  key: Digest | undefined;
  facts: Readonly<Record<string, string>>;
  /** `key` alone decides */
  source: boolean;
  /** by index of input: its record's id, or its selected content */
  inputs: { id: string; cached: boolean; content: ContentDigest | undefined }[];
  cacheable: boolean;
  ignored: boolean;
  /** its result was taken as it is (`SolveOptions.given`) */
  given?: true;
}

/** Told while solving. */
export interface SolveObserver<R> {
  started(vertex: Vertex<R>): void;
  output(vertex: Vertex<R>, stream: "stdout" | "stderr", chunk: Buffer): void | Promise<void>;
  status(vertex: Vertex<R>, status: ExecStatus): void;
  /** The result must be protected from collection before this returns. */
  completed(vertex: Vertex<R>, solved: Solved<R>, report: KeyReport): void;
  failed(vertex: Vertex<R>, error: unknown): void;
  /** Imported results know of the vertex, so that what needs it may be found without it. */
  recognised?(vertex: Vertex<R>, report: KeyReport): void;
  /** An execution begins with what this build has. It may outlast the build: others may wait for it, too. */
  executing?(settled: Promise<void>): void;
  /** for the cache's listing */
  describe(vertex: Vertex<R>): string;
}
