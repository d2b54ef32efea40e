import { closeSync, constants } from "node:fs";
import { callError } from "./errno.ts";
import * as libc from "./libc.ts";

// ioctl_iflags(2)
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_TOPDIR_FL = 0x00020000;

/**
 * Tells the file system that what is in the directory `dir` does not belong together (`chattr +T`): ext4 then puts each new
 * directory in it where many inodes are free, and what is made in that one beside it. Else all of it goes into one group of
 * inodes, and there ext4 passes over those that were deleted in the last minutes one by one for each file that is made
 * (`recently_deleted` in fs/ext4/ialloc.c): many files cost up to six times as much once as many were removed.
 * @returns false where the file system does not know the flag
 * @throws NotFound, InvalidArgument (no directory)
 */
export function spreadDirectories(dir: string): boolean {
  const fd = libc.openat(libc.AT_FDCWD, dir, constants.O_RDONLY | constants.O_DIRECTORY);
  if (fd < 0) throw callError("openat", fd, dir);
  try {
    const flags = Buffer.alloc(8);
    if (libc.ioctl(fd, FS_IOC_GETFLAGS, flags) < 0) return false;
    flags.writeUInt32LE((flags.readUInt32LE() | FS_TOPDIR_FL) >>> 0);
    return libc.ioctl(fd, FS_IOC_SETFLAGS, flags) >= 0;
  } finally {
    closeSync(fd);
  }
}
