import { InvalidArgument } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";

const shells = [
  "/bin/bash",
  "/usr/bin/bash",
  "/usr/local/bin/bash",
  "/bin/ash",
  "/bin/sh",
  "/usr/bin/sh",
  "/busybox/sh",
];

/**
 * The shell a container has, as a login shell.
 * @param rootfs host path of the container's root
 * @throws InvalidArgument when it has none (an image made from scratch)
 */
export function loginShell(rootfs: string): string[] {
  using root = new SafeRoot(rootfs);
  const shell = shells.find((path) => root.exists(path));
  if (shell === undefined) {
    throw new InvalidArgument(
      "this container has no shell: its image holds neither bash nor sh (as images made FROM scratch do). Run one of its own programs in the terminal, or look at its files with docker cp",
    );
  }
  return [shell, "-l"];
}
