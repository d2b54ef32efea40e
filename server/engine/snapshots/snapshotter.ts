import type { Mount } from "../mount/mount.ts";

/** `active`: writable. `committed`: read-only, may be a parent. `view`: read-only, never a parent. */
export type SnapshotKind = "active" | "committed" | "view";

export interface SnapshotInfo {
  /** Key while active or view; name once committed. One space of strings for both. */
  key: string;
  kind: SnapshotKind;
  parent: string | undefined;
  /** ms since the epoch */
  createdAt: number;
}

/** Bytes and inodes that the snapshot itself holds, without its parents. */
export interface SnapshotUsage {
  bytes: number;
  inodes: number;
  /** bytes of the files' contents, directories and blocks aside: what Docker calls a container's size; active ones only */
  contents?: number;
}

/**
 * Read-only stacks of directory trees with a writable one on top.
 *
 * Life: `prepare(key, parent)` makes an active snapshot; the caller mounts `mounts(key)`, changes the tree,
 * unmounts; `commit(name, key)` freezes it under `name`, from then on a parent for others; or `remove(key)` drops it.
 * `view` is `prepare` without writing. A snapshot with children cannot be removed.
 * Every change is one metadata transaction: after a crash a snapshot is as before the call or as after it.
 */
export interface Snapshotter {
  readonly name: string;
  /** @throws NotFound */
  stat(key: string): SnapshotInfo;
  /**
   * @param owner the project (quota/project-quota.ts) that what is written counts for, also once it is committed
   * @throws AlreadyExists (key), NotFound (parent), FailedPrecondition (parent not committed)
   */
  prepare(key: string, parent: string | undefined, kind?: "active" | "view", owner?: number): Promise<void>;
  /** How to mount the snapshot (any kind; committed ones read-only). Nothing is mounted yet. @throws NotFound */
  mounts(key: string): Mount[];
  /** The caller has unmounted it. @throws NotFound, AlreadyExists (name), FailedPrecondition (not active) */
  commit(name: string, key: string): Promise<void>;
  /** Deletes it; slow deletion happens afterwards in the background. @throws NotFound, FailedPrecondition (has children) */
  remove(key: string): Promise<void>;
  /** @param ignored paths within it that do not count among `contents`. @throws NotFound */
  usage(key: string, ignored?: readonly string[]): Promise<SnapshotUsage>;
  list(): SnapshotInfo[];
}
