import { JobThread } from "../concurrency/job-thread.ts";
import { type Account, currentAccount } from "../runtime/cgroups/account.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import type { AppliedLayer, ApplyLayerOptions } from "./apply-layer.ts";

export interface ApplyJob {
  tree: SnapshotTree;
  file: string;
  account: Account | undefined;
  options: Omit<ApplyLayerOptions, "signal" | "onProgress">;
}

/**
 * Unpacks layers beside the main thread, so that a pull uses a second core while it goes on downloading, and everybody
 * else's requests are answered meanwhile.
 */
export class ApplyThread {
  readonly #thread = new JobThread<ApplyJob, AppliedLayer, number>(new URL("apply-thread-main.ts", import.meta.url));

  /** `applyLayer` of the archive at the path `file`. @throws what `applyLayer` does */
  apply(tree: SnapshotTree, file: string, options: ApplyLayerOptions): Promise<AppliedLayer> {
    const { signal, onProgress, ...rest } = options;
    return this.#thread.run({ tree, file, account: currentAccount.getStore(), options: rest }, { signal, onProgress });
  }
}
