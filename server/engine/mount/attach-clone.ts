import { closeSync } from "node:fs";
import { callError } from "./errno.ts";
import * as libc from "./libc.ts";

/**
 * Mounts a clone of what is at `path`, after `prepare` has been given it, at `target` (a path, or a descriptor).
 * @param flags of open_tree(2): `AT_RECURSIVE`
 */
export function attachClone(
  path: string,
  flags: number,
  prepare: ((tree: number) => void) | undefined,
  target: string | number,
): void {
  const tree = libc.openTree(libc.AT_FDCWD, path, libc.OPEN_TREE_CLONE | flags);
  if (tree < 0) throw callError("open_tree", tree, path);
  try {
    prepare?.(tree);
    const moved = libc.moveMount(tree, target);
    if (moved < 0) throw callError("move_mount", moved, String(target));
  } finally {
    closeSync(tree);
  }
}
