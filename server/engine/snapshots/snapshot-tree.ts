/**
 * Where a snapshot's files are on disk, for the differ, which reads and writes them without mounting.
 *
 * `overlay`: `dir` holds what changed on top of `parents` (top first), with overlayfs's marks: a character device 0:0
 * is a deleted name, a directory with `trusted.overlay.opaque` = `y` hides what is below it.
 * `full`: `dir` is the whole tree and `parents` holds at most the one tree that it was copied from.
 */
export interface SnapshotTree {
  format: "overlay" | "full";
  dir: string;
  parents: string[];
}

/** Snapshotters whose snapshots are directories. */
export interface SnapshotTrees {
  /** @throws NotFound */
  tree(key: string): SnapshotTree;
}
