import { type BigIntStats, fstatSync, lstatSync } from "node:fs";
import { fsName } from "./libc.ts";

export type FileKind = "file" | "directory" | "symlink" | "fifo" | "socket" | "block" | "character";

/** What one file is, without following links. */
export interface SafeStat {
  kind: FileKind;
  /** bytes */
  size: number;
  /** permission bits with setuid, setgid and sticky: 0 to 0o7777 */
  mode: number;
  uid: number;
  gid: number;
  /** ns since the epoch */
  mtimeNs: bigint;
  atimeNs: bigint;
  ctimeNs: bigint;
  /** block and character devices: their number as the kernel encodes it */
  rdev: bigint;
  nlink: number;
  ino: bigint;
  dev: bigint;
  /** bytes on disk */
  allocated: number;
}

const kinds: Record<number, FileKind> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "symlink",
  0o010000: "fifo",
  0o140000: "socket",
  0o060000: "block",
  0o020000: "character",
};

export function statOf(stats: BigIntStats): SafeStat {
  const mode = Number(stats.mode);
  return {
    kind: kinds[mode & 0o170000] ?? "file",
    size: Number(stats.size),
    mode: mode & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
    atimeNs: stats.atimeNs,
    ctimeNs: stats.ctimeNs,
    rdev: stats.rdev,
    nlink: Number(stats.nlink),
    ino: stats.ino,
    dev: stats.dev,
    allocated: Number(stats.blocks) * 512,
  };
}

/** The path under which `node:fs` finds what `fd` is open on, or `name` in that directory. */
export function fdPath(fd: number, name?: string): string | Buffer {
  return name === undefined ? `/proc/self/fd/${fd}` : fsName(`/proc/self/fd/${fd}/${name}`);
}

/** Of `name` in the directory `fd`, a link itself, not what it points to. @throws node's errors */
export function lstatAt(fd: number, name: string): SafeStat {
  return statOf(lstatSync(fdPath(fd, name), { bigint: true }));
}

/** @throws node's errors */
export function fstat(fd: number): SafeStat {
  return statOf(fstatSync(fd, { bigint: true }));
}
