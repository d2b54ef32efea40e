import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../errdefs/errors.ts";

/** As many as there is memory for: that is limited for each tenant, and what counts here is charged there. */
const plenty = 2 ** 30;
const neighbours = ["net/ipv4/neigh/default", "net/ipv6/neigh/default"];

/**
 * Settings of /proc/sys for what the kernel counts for all containers together, some because their user namespaces are all
 * made by root: with what they are by themselves, one container could take all there is from the others and drydockd.
 */
const wanted: readonly (readonly [path: string, least: number])[] = [
  ["fs/inotify/max_user_instances", plenty],
  ["fs/inotify/max_user_watches", plenty],
  ["fs/aio-max-nr", plenty],
  // the most the kernel takes
  ["kernel/pty/max", 2 ** 20],
  // Addresses looked for on a network: half a kilobyte each, charged to nobody; old ones go from gc_thresh2 on.
  ...neighbours.flatMap((path) => [
    [join(path, "gc_thresh3"), 2 ** 19] as const,
    [join(path, "gc_thresh2"), 2 ** 14] as const,
    [join(path, "gc_thresh1"), 2 ** 12] as const,
  ]),
];

/** Raises those that are lower; they stay so until the machine is started anew. @param root `/proc/sys` */
export function raiseKernelLimits(log: (line: string) => void, root = "/proc/sys"): void {
  for (const [name, least] of wanted) {
    const path = join(root, name);
    if (!existsSync(path)) continue;
    try {
      if (Number(readFileSync(path, "utf8")) < least) writeFileSync(path, String(least));
    } catch (error) {
      log(
        `${path} is too low for several tenants, one can use up what it allows, and cannot be set: ${messageOf(error)}`,
      );
    }
  }
}
