import { SafeRoot } from "../mount/safe-path.ts";

const marker = ".dockerenv";

/** Where runtimes mount something, so that images and programs find it (moby, daemon/initlayer/setup_unix.go). */
const directories = ["dev/pts", "dev/shm", "proc", "sys", "etc"];
const files = ["etc/hosts", "etc/hostname", "etc/resolv.conf", "dev/console"];
const links = { "etc/mtab": "/proc/mounts" };

/**
 * Makes in a container's root what dockerd lays under every container: `/.dockerenv`, by which programs tell that they
 * are in one, and the places for what the runtime mounts. What the image has, stays.
 * @param rootfs mounted, with the container's own ids
 */
export function layUnder(rootfs: string): void {
  using root = new SafeRoot(rootfs);
  if (root.exists(marker)) {
    return;
  }
  for (const path of directories) {
    if (!root.exists(path)) {
      root.makeDirectory(path, { parents: true });
    }
  }
  for (const path of files) {
    if (!root.exists(path)) {
      root.writeFile(path, "", { mode: 0o755 });
    }
  }
  for (const [path, target] of Object.entries(links)) {
    if (!root.exists(path)) {
      root.makeLink(path, target);
    }
  }
  root.writeFile(marker, "", { mode: 0o755 });
}

/** All of it, which is not the container's doing. */
export const runtimePlaces = ["dev", ...directories.slice(0, -1), ...files, ...Object.keys(links), marker];
