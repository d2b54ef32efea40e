/** What garbage collection keeps or drops: a blob (digest), a layer (LayerID) or an active snapshot (key). */
export interface Resource {
  kind: "content" | "layer" | "snapshot";
  id: string;
}

/** Keeps resources from being collected until released or expired. Persistent: survives a restart. */
export interface Lease {
  readonly id: string;
  add(resource: Resource): void;
  /** Idempotent. */
  release(): void;
}

export interface LeaseManager {
  /** @param ttlMs after which it lapses by itself (default one hour) */
  create(purpose: string, ttlMs?: number): Lease;
  resources(): Iterable<Resource>;
}

/** Anything that refers to resources: image stores, containers, the build cache. Asked at every collection. */
export interface RootSource {
  roots(): Iterable<Resource>;
}

export interface GarbageCollector {
  addRoots(source: RootSource): void;
  /** Soon, in the background, many calls merged into one. */
  schedule(): void;
  /** Now. Returns what was freed, in bytes. */
  collect(): Promise<{ content: number; layers: number; bytes: number }>;
}
