import { inPieces, type ThreadTime } from "../concurrency/thread-time.ts";
import { Unknown } from "../errdefs/errors.ts";
import { destinationPieces } from "../mount/destination.ts";
import { readMountTable } from "../mount/mount-table.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { Container, ResolvedMount } from "./container.ts";

const mountable =
  /^\/proc\/(?:cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo|net\/dev|sys\/kernel\/ns_last_pid|sys\/crypto\/fips_enabled)$/;

/**
 * As runc, which lets nothing of a container's hide the kernel's answers (CVE-2019-16884) but for a few files; crun does.
 * By the places' names alone.
 * @throws Unknown in runc's words
 */
export function checkProcMounts({ mounts }: Pick<Container, "mounts">): void {
  for (const mount of mounts) checkPlace(mount, mount.target);
}

/**
 * The same of where links of the image lead. There may be thousands of mounts, with thousands of names each.
 * @param rootfs mounted @param time whose time of this thread it takes
 * @throws Unknown in runc's words, InvalidArgument for links that lead in a circle
 */
export async function checkProcLinks(
  { mounts }: Pick<Container, "mounts">,
  rootfs: string,
  time?: ThreadTime,
): Promise<void> {
  if (mounts.length === 0) return;
  using root = new SafeRoot(rootfs);
  await inPieces(placePieces(root, mounts), time);
}

function* placePieces(root: SafeRoot, mounts: readonly ResolvedMount[]): Generator<undefined, void> {
  for (const mount of mounts) {
    checkPlace(mount, yield* destinationPieces(root, mount.target, (path) => !isInProc(path)));
  }
}

function checkPlace({ type, name, requestedSource, target }: ResolvedMount, place: string): void {
  const why = whyNotMounted(place);
  if (why === undefined || (place === "/proc" && requestedSource === "/proc")) return;
  const source = type === "tmpfs" ? type : type === "bind" ? requestedSource : name;
  throw new Unknown(
    `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting ${JSON.stringify(source)} to rootfs at ${JSON.stringify(target)}: ${JSON.stringify(place)} ${why}: unknown`,
  );
}

/** File systems of the kernel's own that are beneath the machine's /proc, which a container may have been given whole. */
const kernels = new Set(["proc", "autofs", "binfmt_misc", "nfsd"]);

/**
 * What is mounted there after all, when the runtime has made the mounts: links in volumes lead there, too, and those may
 * have been made while it did. crun lets them.
 * @param pid of the first process, which has not begun
 * @param masked paths that the runtime has covered itself
 * @returns in runc's words; undefined: nothing
 */
export function whatIsOverProc(pid: number, masked: readonly string[] = []): string | undefined {
  for (const { mountPoint, type } of readMountTable(pid)) {
    const why = kernels.has(type) || masked.includes(mountPoint) ? undefined : whyNotMounted(mountPoint);
    if (why === undefined) continue;
    const place = JSON.stringify(mountPoint);
    return `unable to start container process: error during container init: error mounting ${JSON.stringify(type)} to rootfs at ${place}: ${place} ${why}`;
  }
  return undefined;
}

/** In runc's words; undefined: it may be. */
export function whyNotMounted(place: string): string | undefined {
  if (!isInProc(place) || mountable.test(place)) return undefined;
  return place === "/proc"
    ? "cannot be mounted because it is not of type proc"
    : "cannot be mounted because it is inside /proc";
}

/** There the kernel's files are, not the image's. */
function isInProc(path: string): boolean {
  return path === "/proc" || path.startsWith("/proc/");
}
