import type { BigIntStats } from "node:fs";
import { SystemCallError } from "./errno.ts";
import { fsName, statx } from "./libc.ts";

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
    ctimeNs: stats.ctimeNs,
    rdev: stats.rdev,
    nlink: Number(stats.nlink),
    ino: stats.ino,
    dev: stats.dev,
    allocated: Number(stats.blocks) * 512,
  };
}

/** The path under which `node:fs` finds what `fd` is open on, or `name` in that directory. */
export function fdPath(fd: number): string;
export function fdPath(fd: number, name: string): string | Buffer;
export function fdPath(fd: number, name?: string): string | Buffer {
  return name === undefined ? `/proc/self/fd/${fd}` : fsName(`/proc/self/fd/${fd}/${name}`);
}

/** Of `name` in the directory `fd`, a link itself, not what it points to. @throws SystemCallError */
export function lstatAt(fd: number, name: string): SafeStat {
  return called(statx(fd, name, bytes));
}

/** @throws SystemCallError */
export function fstat(fd: number): SafeStat {
  return called(statx(fd, "", bytes));
}

/*
 * struct statx, the same on all processors. Node's own stat costs twice the time: it goes by a path through /proc, and makes
 * a number of 64 bits of each field.
 */
const bytes = new Uint8Array(256);
const halves = new Uint16Array(bytes.buffer);
const words = new Uint32Array(bytes.buffer);
const longs = new BigUint64Array(bytes.buffer);
const seconds = new BigInt64Array(bytes.buffer);

function called(result: number): SafeStat {
  if (result < 0) throw new SystemCallError("statx", -result);
  const mode = halves[14] ?? 0;
  return {
    kind: kinds[mode & 0o170000] ?? "file",
    size: Number(longs[5]),
    mode: mode & 0o7777,
    uid: words[5] ?? 0,
    gid: words[6] ?? 0,
    mtimeNs: timeAt(14),
    ctimeNs: timeAt(12),
    rdev: deviceAt(32),
    nlink: words[4] ?? 0,
    ino: longs[4] ?? 0n,
    dev: deviceAt(34),
    allocated: Number(longs[6]) * 512,
  };
}

/** A struct statx_timestamp. @param long where it is, in units of 8 bytes */
function timeAt(long: number): bigint {
  return (seconds[long] ?? 0n) * 1_000_000_000n + BigInt(words[2 * long + 2] ?? 0);
}

/** As the other system calls have it (makedev(3)); the kernel has 12 bits of the first and 20 of the second. @param word where the two are */
function deviceAt(word: number): bigint {
  const major = words[word] ?? 0;
  const minor = words[word + 1] ?? 0;
  const device = ((major << 8) | (minor & 0xff) | ((minor & ~0xff) << 12)) >>> 0;
  return device === 0 ? 0n : BigInt(device);
}
