import { errnoCode } from "../mount/errno.ts";
import type { SafeRoot } from "../mount/safe-path.ts";

/**
 * Moves everything in `source` into the directory `target` of `root` (the same file system), each file at once: over a
 * file or link that is there, and into directories that are there, also where a link within the root leads to one.
 */
export async function moveTree(source: SafeRoot, root: SafeRoot, target: string): Promise<void> {
  const directories = [""];
  for (let directory = directories.shift(); directory !== undefined; directory = directories.shift()) {
    for (const { name, kind } of source.list(directory)) {
      const from = directory === "" ? name : `${directory}/${name}`;
      const to = target === "" ? from : `${target}/${from}`;
      const isThere = isDirectory(root, to);
      if (kind === "directory" && isThere) {
        directories.push(from);
        continue;
      }
      // rename(2) puts a file over a file only.
      if (root.exists(to) && (kind === "directory" || isThere)) {
        await root.remove(to, { recursive: true });
      }
      root.moveIn(source, from, to);
    }
  }
}

/** Follows links, those that lead nowhere included. */
function isDirectory(root: SafeRoot, path: string): boolean {
  try {
    return root.stat(path).kind === "directory";
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoCode(error) ?? "")) {
      return false;
    }
    throw error;
  }
}
