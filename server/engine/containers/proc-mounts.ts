import { dirname, join } from "node:path";
import { Unknown } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { Container } from "./container.ts";

const mountable =
  /^\/proc\/(?:cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo|net\/dev|sys\/kernel\/ns_last_pid|sys\/crypto\/fips_enabled)$/;
/** The kernel's own (MAXSYMLINKS). */
const mostLinks = 40;

/**
 * As runc, which lets nothing of a container's hide the kernel's answers (CVE-2019-16884) but for a few files; crun does.
 * @param rootfs where links of the image may lead there; undefined: by their names alone
 * @throws Unknown in runc's words
 */
export function checkProcMounts({ mounts }: Container, rootfs?: string): void {
  if (mounts.length === 0) return;
  using root = rootfs === undefined ? undefined : new SafeRoot(rootfs);
  for (const { type, name, requestedSource, target } of mounts) {
    const place = root === undefined ? target : placeIn(root, target);
    const why =
      place === "/proc" && requestedSource !== "/proc"
        ? "cannot be mounted because it is not of type proc"
        : place.startsWith("/proc/") && !mountable.test(place)
          ? "cannot be mounted because it is inside /proc"
          : undefined;
    if (why === undefined) continue;
    const source = type === "tmpfs" ? type : type === "bind" ? requestedSource : name;
    throw new Unknown(
      `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting ${JSON.stringify(source)} to rootfs at ${JSON.stringify(target)}: ${JSON.stringify(place)} ${why}: unknown`,
    );
  }
}

/** Where links in the root lead, also to what is not there yet; in /proc the kernel's own files are, not the root's. */
function placeIn(root: SafeRoot, path: string): string {
  const names = path.split("/");
  let place = "/";
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(place, name);
    const isOurs = name !== ".." && next !== "/proc" && !next.startsWith("/proc/") && root.exists(next);
    if (!isOurs || root.lstat(next).kind !== "symlink" || ++links > mostLinks) {
      place = next;
      continue;
    }
    const target = root.readLink(next);
    names.unshift(...target.split("/"));
    place = target.startsWith("/") ? "/" : dirname(next);
  }
  return place;
}
