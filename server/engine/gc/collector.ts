import type { ContentStore } from "../content/store.ts";
import { isEngineError } from "../errdefs/errors.ts";
import type { LocalLayerBlobs } from "../layers/blobs.ts";
import type { LocalLayerStore } from "../layers/local.ts";
import type { GarbageCollector, Resource, RootSource } from "../leases/leases.ts";
import type { LocalLeaseManager } from "../leases/local.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import { type Marked, mark } from "./mark.ts";

export interface LocalGarbageCollectorOptions {
  content: ContentStore;
  layers: LocalLayerStore;
  blobs: LocalLayerBlobs;
  snapshotter: Snapshotter;
  leases: LocalLeaseManager;
  /**
   * What is younger (made, written again or found) is kept even if nothing refers to it yet: its maker is about to.
   * ms, default ten minutes. Longer work holds a lease.
   */
  graceMs?: number;
  /** from `schedule` to the collection, ms, default one second */
  delayMs?: number;
  /** `schedule` is remembered, but nothing is collected by it before `begin` */
  held?: boolean;
  /** told of failures in the background; default: a process warning */
  onError?: (error: Error) => void;
}

export interface Collected {
  content: number;
  layers: number;
  snapshots: number;
  bytes: number;
}

/**
 * Mark and sweep over blobs, layers and active snapshots.
 *
 * Roots are read in one turn, so they fit together. What is then swept is checked again right before, without a turn
 * in between: against leases, and against its age, which grows young again when it is found or written again. Nothing
 * is collected before a root source is there: without the image stores everything would look unused.
 */
export class LocalGarbageCollector implements GarbageCollector {
  readonly #options: LocalGarbageCollectorOptions;
  readonly #sources: RootSource[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #held: boolean;
  #wanted = false;

  constructor(options: LocalGarbageCollectorOptions) {
    this.#options = options;
    this.#held = options.held === true;
  }

  /**
   * Every root source has been added: from now on `schedule` has its effect. A collection before, while tenants are
   * still being restored, would take their containers' snapshots for unused. Idempotent.
   */
  begin(): void {
    this.#held = false;
    if (this.#wanted) {
      this.schedule();
    }
  }

  addRoots(source: RootSource): void {
    this.#sources.push(source);
  }

  schedule(): void {
    if (this.#held) {
      this.#wanted = true;
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.collect().catch((error: Error) => {
        const report = this.#options.onError ?? ((problem: Error) => process.emitWarning(problem));
        report(error);
      });
    }, this.#options.delayMs ?? 1000).unref();
  }

  collect(): Promise<Collected> {
    const collected = this.#running.then(() => this.#collect());
    this.#running = collected.catch(() => {});
    return collected;
  }

  /** No collection starts any more; resolves when a running one has ended. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #collect(): Promise<Collected> {
    const collected: Collected = { content: 0, layers: 0, snapshots: 0, bytes: 0 };
    if (this.#sources.length > 0) {
      const marked = this.#mark();
      await this.#sweepSnapshots(marked, collected);
      await this.#sweepLayers(marked, collected);
      await this.#sweepContent(marked, collected);
    }
    return collected;
  }

  #mark(): Marked {
    const { layers, snapshotter, blobs, leases } = this.#options;
    const roots: Resource[] = [...leases.resources(), ...this.#sources.flatMap((source) => [...source.roots()])];
    return mark(roots, layers.list(), snapshotter.list(), ({ id, diffId }) =>
      diffId === undefined || !layers.needsBlob(id) ? undefined : blobs.any(diffId)?.digest,
    );
  }

  async #sweepSnapshots(marked: Marked, collected: Collected): Promise<void> {
    const { snapshotter } = this.#options;
    for (const { key, kind, createdAt } of snapshotter.list()) {
      if (kind === "committed" || marked.snapshot.has(key) || this.#isYoung(createdAt)) {
        continue;
      }
      const { bytes } = await snapshotter.usage(key);
      if (!this.#isHeld({ kind: "snapshot", id: key }) && (await isRemoved(snapshotter.remove(key)))) {
        collected.snapshots++;
        collected.bytes += bytes;
      }
    }
  }

  async #sweepLayers(marked: Marked, collected: Collected): Promise<void> {
    const { layers } = this.#options;
    // Children before their parents.
    for (const { id, size } of layers.list().toReversed()) {
      if (marked.layer.has(id) || this.#isYoung(layers.usedAt(id)) || this.#isHeld({ kind: "layer", id })) {
        continue;
      }
      // Refused if something is based on it that is young or held.
      if (await isRemoved(layers.delete(id))) {
        collected.layers++;
        collected.bytes += size;
      }
    }
  }

  async #sweepContent(marked: Marked, collected: Collected): Promise<void> {
    const { content, blobs } = this.#options;
    for await (const listed of content.list()) {
      if (marked.content.has(listed.digest) || this.#isYoung(listed.createdAt)) {
        continue;
      }
      const { size, createdAt } = await content.info(listed.digest);
      if (!this.#isYoung(createdAt) && !this.#isHeld({ kind: "content", id: listed.digest })) {
        blobs.forget(listed.digest);
        await content.delete(listed.digest);
        collected.content++;
        collected.bytes += size;
      }
    }
  }

  #isYoung(since: number): boolean {
    return Date.now() - since < (this.#options.graceMs ?? 600_000);
  }

  #isHeld(resource: Resource): boolean {
    return this.#options.leases.holds(resource);
  }
}

/** False if it turned out to be in use, or was gone already. */
async function isRemoved(removal: Promise<void>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    if (isEngineError(error, "failed_precondition", "not_found")) {
      return false;
    }
    throw error;
  }
}
