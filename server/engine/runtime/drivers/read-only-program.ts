import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { attachClone } from "../../mount/attach-clone.ts";
import { callError } from "../../mount/errno.ts";
import * as libc from "../../mount/libc.ts";

/**
 * For the environment of crun: what it is started from cannot be written to.
 *
 * Whoever is in a container can reach the program that entered it through /proc/<pid>/exe (CVE-2019-5736). So crun
 * copies itself, or mounts itself read-only, and starts again, each time it is called; unless it has this variable and
 * lies on a read-only mount already, which saves a third of the time of every call.
 */
export const clonedBinary = { _LIBCONTAINER_CLONED_BINARY: "1" };

/**
 * A read-only mount of a program in `dir`, made once and found again later; after the program was replaced by a new
 * version, the new one. `dir` is to lie beneath a shared mount, so that the runtimes' mount namespace has it too.
 */
export async function readOnlyProgram(program: string, dir: string): Promise<string> {
  const place = join(dir, basename(program));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(place, "", { flag: "wx", mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const [wanted, found] = await Promise.all([stat(program), stat(place)]);
  if (wanted.ino === found.ino && wanted.dev === found.dev) return place;
  libc.umount2(place, libc.MNT_DETACH | libc.UMOUNT_NOFOLLOW);
  // Read-only before it is mounted: what a mount becomes later does not reach its copies in other namespaces.
  attachClone(program, 0, makeReadOnly, place);
  return place;
}

function makeReadOnly(tree: number): void {
  const result = libc.mountSetattr(tree, { set: libc.MOUNT_ATTR_RDONLY });
  if (result < 0) throw callError("mount_setattr", result, "making the program read-only");
}
