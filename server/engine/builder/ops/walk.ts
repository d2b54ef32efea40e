import { closeSync, constants } from "node:fs";
import * as libc from "../../mount/libc.ts";
import { listDirectory, type SafeRoot } from "../../mount/safe-path.ts";
import { fstat, lstatAt } from "../../mount/safe-stat.ts";
import { throwIfAborted } from "../solver/semaphore.ts";
import type { Entry } from "./entries.ts";
import { Breather } from "./breather.ts";

const openDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Which paths (in the tree) a walk takes, and into which directories it goes. */
export interface WalkFilter {
  takes(path: string): boolean;
  enters(path: string): boolean;
}

/**
 * All of `top` (a directory of `root`, all links resolved) in a stable order. Links are not followed; what is swapped
 * for a link meanwhile is refused by the kernel, for every step down is O_NOFOLLOW on an open directory.
 */
export async function walk(root: SafeRoot, top: string, filter: WalkFilter, signal: AbortSignal): Promise<Entry[]> {
  const entries: Entry[] = [];
  const breather = new Breather();
  const visit = async (fd: number, source: string, path: string): Promise<void> => {
    for (const { name } of listDirectory(fd)) {
      await breather.breathe();
      throwIfAborted(signal);
      const childSource = source === "" ? name : `${source}/${name}`;
      const childPath = path === "" ? name : `${path}/${name}`;
      const taken = filter.takes(childSource);
      const stat = lstatAt(fd, name);
      if (stat.kind === "directory") {
        if (taken || filter.enters(childSource)) {
          const index = entries.length;
          entries.push({ source: childSource, path: childPath, stat, link: undefined });
          const child = libc.openat(fd, name, openDirectory);
          if (child >= 0) {
            try {
              await visit(child, childSource, childPath);
            } finally {
              closeSync(child);
            }
          }
          if (!taken && entries.length === index + 1) {
            // walked only for what might have been in it, and nothing was
            entries.pop();
          }
        }
      } else if (taken && stat.kind !== "socket") {
        entries.push({ source: childSource, path: childPath, stat, link: linkAt(fd, name, stat.kind === "symlink") });
      }
    }
  };
  using at = root.locate(top, { directory: true });
  const fd = libc.openat(at.fd, ".", constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    entries.push({ source: top, path: "", stat: fstat(fd), link: undefined });
    await visit(fd, top, "");
  } finally {
    closeSync(fd);
  }
  return entries;
}

function linkAt(fd: number, name: string, isLink: boolean): string | undefined {
  if (!isLink) {
    return undefined;
  }
  const link = libc.openat(fd, name, libc.O_PATH | constants.O_NOFOLLOW);
  try {
    return libc.readLinkOf(link);
  } finally {
    closeSync(link);
  }
}
