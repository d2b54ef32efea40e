import { closeSync } from "node:fs";
import { InvalidArgument } from "../errdefs/errors.ts";
import { callError, errno } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";

/**
 * The extended attributes that travel in archives: file capabilities and the user's own. Never `trusted.*`, where
 * overlayfs keeps its marks (an archive could otherwise point a directory elsewhere), nor access control lists.
 */
export function isPortableXattr(name: string): boolean {
  return name === "security.capability" || name.startsWith("user.");
}

/** Of `name` in the directory `dirfd`, sorted by name. */
export function readXattrs(dirfd: number, name: string): Map<string, Buffer> {
  const path = procPath(dirfd, name);
  const found = new Map<string, Buffer>();
  for (const key of libc.listXattrs(path).filter(isPortableXattr).toSorted()) {
    const value = libc.getXattr(path, key);
    if (value !== undefined) {
      found.set(key, key === "security.capability" ? withoutRootId(value) : value);
    }
  }
  return found;
}

/** Sets those that are portable. File systems without extended attributes, and kinds of files that take none, are no failure. */
export function writeXattrs(dirfd: number, name: string, xattrs: ReadonlyMap<string, Buffer>): void {
  for (const [key, value] of xattrs) {
    if (!isPortableXattr(key)) {
      continue;
    }
    const result = libc.setXattr(procPath(dirfd, name), key, value);
    if (result === -errno.EINVAL && key === "security.capability") {
      throw new InvalidArgument(`${name}: its file capabilities are malformed`);
    }
    if (result < 0 && result !== -errno.EOPNOTSUPP && result !== -errno.EPERM) {
      throw callError("lsetxattr", result, `${name}: setting ${key}`);
    }
  }
}

export function procPath(dirfd: number, name: string): string {
  return `/proc/self/fd/${dirfd}/${name}`;
}

/**
 * File capabilities set inside a user namespace name its root (capabilities(7), VFS_CAP_REVISION_3); in an archive
 * they are those of revision 2, which hold for any root.
 */
function withoutRootId(value: Buffer): Buffer {
  const revision3 = 0x03;
  if (value.length !== 24 || value[3] !== revision3) {
    return value;
  }
  const plain = Buffer.from(value.subarray(0, 20));
  plain[3] = 0x02;
  return plain;
}

/** Runs `body` with the directory `name` in `dirfd` open (for its place only, links not followed). */
export function withDirectory<T>(dirfd: number, name: string, body: (fd: number) => T): T {
  const fd = libc.openat(dirfd, name, libc.O_PATH | 0o200000 | 0o400000);
  if (fd < 0) {
    throw callError("openat", fd, name);
  }
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}
