import { closeSync, constants, readdirSync } from "node:fs";
import { InvalidArgument } from "../errdefs/errors.ts";
import { callError, errno, errnoCode } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, lstatAt, type SafeStat } from "../mount/safe-stat.ts";

const maxName = 255;
const maxPath = 4096;
const maxDepth = 2048;

/**
 * The path of an entry beneath the tree: "" for the tree itself. As dockerd reads it (Go, filepath.Clean): a leading `/`
 * is the tree, above which there is nothing, and `a/..` is nothing, whatever `a` is.
 * @throws InvalidArgument for what leads out, is too long, or holds a NUL byte
 */
export function safePath(name: string): string {
  const names: string[] = [];
  for (const part of name.split("/")) {
    if (part === ".." && names.pop() === undefined && !name.startsWith("/")) {
      throw new InvalidArgument(`the entry ${JSON.stringify(name.slice(0, 200))} leads out of the archive`);
    }
    if (part !== "" && part !== "." && part !== "..") {
      names.push(part);
    }
    if (part.length > maxName) {
      throw new InvalidArgument(`the entry ${JSON.stringify(`${name.slice(0, 200)}...`)} has too long a name`);
    }
  }
  const path = names.join("/");
  if (path.length > maxPath || path.includes("\0")) {
    throw new InvalidArgument(`the entry ${JSON.stringify(`${name.slice(0, 200)}...`)} has no possible name`);
  }
  return path;
}

/** Undefined if nothing is there. @throws node's errors otherwise */
export function statIfThere(parent: number, name: string): SafeStat | undefined {
  try {
    return lstatAt(parent, name);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Removes what is there, a directory with all in it; links are not followed. Idempotent. */
export function removeBeneath(parent: number, name: string, depth = 0): void {
  if (depth > maxDepth) {
    throw new InvalidArgument(`${name}: directories are nested too deep to be replaced`);
  }
  const removed = libc.unlinkat(parent, name);
  if (removed === -errno.EISDIR) {
    const fd = libc.openat(parent, name, constants.O_DIRECTORY | constants.O_NOFOLLOW);
    if (fd < 0) {
      throw callError("openat", fd, name);
    }
    try {
      for (const child of readdirSync(fdPath(fd), { encoding: "buffer" })) {
        removeBeneath(fd, libc.decodeName(child), depth + 1);
      }
    } finally {
      closeSync(fd);
    }
    const gone = libc.unlinkat(parent, name, libc.AT_REMOVEDIR);
    if (gone < 0) {
      throw callError("unlinkat", gone, name);
    }
    return;
  }
  if (removed < 0 && removed !== -errno.ENOENT) {
    throw callError("unlinkat", removed, name);
  }
}
