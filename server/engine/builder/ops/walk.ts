import { closeSync, constants } from "node:fs";
import { Pace } from "../../diff/pace.ts";
import { walkTree } from "../../diff/tree-walk.ts";
import { callError } from "../../mount/errno.ts";
import * as libc from "../../mount/libc.ts";
import type { SafeRoot } from "../../mount/safe-path.ts";
import { fstat } from "../../mount/safe-stat.ts";
import { throwIfAborted } from "../solver/semaphore.ts";
import type { Entry } from "./entries.ts";

/** Which paths (in the tree) a walk takes, and into which directories it goes. */
export interface WalkFilter {
  takes(path: string): boolean;
  enters(path: string): boolean;
}

/**
 * All of `top` (a directory of `root`, all links resolved) in a stable order. Links are not followed; what is swapped
 * for a link meanwhile is refused by the kernel, for every step down is O_NOFOLLOW on an open directory.
 * @throws InvalidArgument (nested too deep), Conflict (moved meanwhile), Cancelled
 */
export async function walk(root: SafeRoot, top: string, filter: WalkFilter, signal: AbortSignal): Promise<Entry[]> {
  const pace = new Pace();
  const sourceOf = (path: string) => (top === "" ? path : `${top}/${path}`);
  using at = root.locate(top, { directory: true });
  const fd = libc.openat(at.fd, ".", constants.O_RDONLY | constants.O_DIRECTORY);
  if (fd < 0) throw callError("openat", fd, top);
  try {
    const entries = [{ source: top, path: "", stat: fstat(fd), link: undefined }] as Entry[];
    /** the last of `entries`, as far as they were walked only for what might be in them, and nothing was yet */
    const ways: Entry[] = [];
    const leaveWays = (path: string): void => {
      for (let way = ways.at(-1); way !== undefined && !path.startsWith(`${way.path}/`); way = ways.at(-1)) {
        ways.pop();
        entries.pop();
      }
    };
    let goesOn = false;
    for (const found of walkTree(fd, () => goesOn)) {
      if (pace.due) await pace.rest();
      throwIfAborted(signal);
      if (found === undefined) continue;
      const { path, name, parent, stat } = found;
      leaveWays(path);
      const source = sourceOf(path);
      const taken = filter.takes(source);
      goesOn = stat.kind === "directory" ? taken || filter.enters(source) : taken && stat.kind !== "socket";
      if (!goesOn) continue;
      const entry: Entry = { source, path, stat, link: linkAt(parent, name, stat.kind === "symlink") };
      entries.push(entry);
      if (taken) ways.length = 0;
      else ways.push(entry);
    }
    leaveWays("");
    return entries;
  } finally {
    closeSync(fd);
  }
}

function linkAt(fd: number, name: string, isLink: boolean): string | undefined {
  if (!isLink) {
    return undefined;
  }
  const link = libc.openat(fd, name, libc.O_PATH | constants.O_NOFOLLOW);
  if (link < 0) throw callError("openat", link, name);
  try {
    return libc.readLinkOf(link);
  } finally {
    closeSync(link);
  }
}
