import { Unknown } from "../errdefs/errors.ts";
import { resolveDestination } from "../mount/destination.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { Container } from "./container.ts";

const mountable =
  /^\/proc\/(?:cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo|net\/dev|sys\/kernel\/ns_last_pid|sys\/crypto\/fips_enabled)$/;
/**
 * As runc, which lets nothing of a container's hide the kernel's answers (CVE-2019-16884) but for a few files; crun does.
 * @param rootfs where links of the image may lead there; undefined: by their names alone
 * @throws Unknown in runc's words
 */
export function checkProcMounts({ mounts }: Container, rootfs?: string): void {
  if (mounts.length === 0) return;
  using root = rootfs === undefined ? undefined : new SafeRoot(rootfs);
  for (const { type, name, requestedSource, target } of mounts) {
    const place = root === undefined ? target : resolveDestination(root, target, (path) => !isInProc(path));
    const why = whyNotMounted(place);
    if (why === undefined || (place === "/proc" && requestedSource === "/proc")) continue;
    const source = type === "tmpfs" ? type : type === "bind" ? requestedSource : name;
    throw new Unknown(
      `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting ${JSON.stringify(source)} to rootfs at ${JSON.stringify(target)}: ${JSON.stringify(place)} ${why}: unknown`,
    );
  }
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
