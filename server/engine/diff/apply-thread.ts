import { Worker } from "node:worker_threads";
import { type ErrorCode, errorOfCode, Internal, messageOf } from "../errdefs/errors.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import type { AppliedLayer, ApplyLayerOptions } from "./apply-layer.ts";

/** To the thread. */
export type ApplyOrder =
  | {
      id: number;
      kind: "apply";
      tree: SnapshotTree;
      file: string;
      options: Omit<ApplyLayerOptions, "signal" | "onProgress">;
    }
  | { id: number; kind: "abort"; reason: string };

/** From the thread. */
export type ApplyAnswer =
  | { id: number; kind: "progress"; bytes: number }
  | { id: number; kind: "done"; applied: AppliedLayer }
  | { id: number; kind: "failed"; code: ErrorCode | undefined; message: string };

interface Running {
  resolve: (applied: AppliedLayer) => void;
  reject: (error: Error) => void;
  onProgress: ((bytes: number) => void) | undefined;
}

/** ms without work until the thread ends */
const idleMs = 30_000;

/**
 * Unpacks layers beside the main thread, so that a pull uses a second core while it goes on downloading, and everybody
 * else's requests are answered meanwhile. The thread is started when it is first needed and ends when it is idle.
 */
export class ApplyThread {
  #worker: Worker | undefined;
  readonly #running = new Map<number, Running>();
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;

  /** `applyLayer` of the archive at the path `file`. @throws what `applyLayer` does */
  async apply(tree: SnapshotTree, file: string, options: ApplyLayerOptions): Promise<AppliedLayer> {
    const { signal, onProgress, ...rest } = options;
    const worker = this.#start();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<AppliedLayer>();
    this.#running.set(id, { resolve, reject, onProgress });
    const send = (order: ApplyOrder) => worker.postMessage(order, []);
    const onAbort = () => send({ id, kind: "abort", reason: messageOf(signal?.reason) });
    send({ id, kind: "apply", tree, file, options: rest });
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#running.delete(id);
      if (this.#running.size === 0) this.#rest();
    }
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    this.#worker?.ref();
    this.#worker ??= this.#fresh();
    return this.#worker;
  }

  #fresh(): Worker {
    // What its files' descriptors are is koffi's to know, not Node's.
    const worker = new Worker(new URL("apply-thread-main.ts", import.meta.url), { trackUnmanagedFds: false });
    worker.on("message", (answer: ApplyAnswer) => this.#hear(answer));
    let failure: unknown;
    worker.on("error", (error) => (failure = error));
    worker.once("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      const error = new Internal("the thread that unpacks layers has ended", { cause: failure });
      for (const { reject } of this.#running.values()) reject(error);
    });
    return worker;
  }

  #hear(answer: ApplyAnswer): void {
    const running = this.#running.get(answer.id);
    switch (answer.kind) {
      case "progress":
        running?.onProgress?.(answer.bytes);
        return;
      case "done":
        running?.resolve(answer.applied);
        return;
      case "failed":
      default:
        running?.reject(errorOfCode(answer.code ?? "internal", answer.message));
    }
  }

  /** Nothing is to be done: the thread no longer keeps the process, and ends unless there is more soon. */
  #rest(): void {
    const worker = this.#worker;
    worker?.unref();
    this.#idle = setTimeout(() => {
      this.#worker = undefined;
      void worker?.terminate();
    }, idleMs).unref();
  }
}
