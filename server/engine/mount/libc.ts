import koffi from "koffi";
import { InvalidArgument } from "../errdefs/errors.ts";
import { errno, SystemCallError } from "./errno.ts";

/**
 * System calls that node does not offer, through glibc. Every function here returns what the call returns, or
 * `-errno` when it fails (as the kernel itself does), so that callers can take expected failures without exceptions;
 * `callError` makes an engine error of the others. All are synchronous and take microseconds.
 *
 * Numbers of the calls that have no glibc wrapper everywhere are the same on x86-64 and arm64 (asm-generic, 424 and up).
 */
const libc = koffi.load("libc.so.6");

type Name = string | Buffer;
type Call = (...args: (number | bigint | Name | null | Uint8Array)[]) => number;

function bind(name: string, args: string[], result = "int"): Call {
  const raw = libc.func(name, result, args) as Call;
  return (...values) => {
    const returned = raw(...values);
    return returned < 0 ? -koffi.errno() : returned;
  };
}

const path = "const char *";
const calls = {
  mount: bind("mount", [path, path, path, "unsigned long", path]),
  umount2: bind("umount2", [path, "int"]),
  openat: bind("openat", ["int", path, "int", "unsigned int"]),
  mkdirat: bind("mkdirat", ["int", path, "unsigned int"]),
  mknodat: bind("mknodat", ["int", path, "unsigned int", "uint64_t"]),
  symlinkat: bind("symlinkat", [path, "int", path]),
  linkat: bind("linkat", ["int", path, "int", path, "int"]),
  unlinkat: bind("unlinkat", ["int", path, "int"]),
  fchownat: bind("fchownat", ["int", path, "unsigned int", "unsigned int", "int"]),
  fchmodat: bind("fchmodat", ["int", path, "unsigned int", "int"]),
  utimensat: bind("utimensat", ["int", path, "const void *", "int"]),
  futimens: bind("futimens", ["int", "const void *"]),
  statx: bind("statx", ["int", path, "int", "unsigned int", "void *"]),
  renameat2: bind("renameat2", ["int", path, "int", path, "unsigned int"]),
  lsetxattr: bind("lsetxattr", [path, path, "const void *", "size_t", "int"]),
  lgetxattr: bind("lgetxattr", [path, path, "void *", "size_t"], "long"),
  llistxattr: bind("llistxattr", [path, "void *", "size_t"], "long"),
  flistxattr: bind("flistxattr", ["int", "void *", "size_t"], "long"),
  readlinkat: bind("readlinkat", ["int", path, "void *", "size_t"], "long"),
  syncfs: bind("syncfs", ["int"]),
  pipe2: bind("pipe2", ["void *", "int"]),
  fcntl: bind("fcntl", ["int", "int", "int"]),
  fchdir: bind("fchdir", ["int"]),
  fallocate: bind("fallocate", ["int", "int", "int64_t", "int64_t"]),
  ioctl: bind("ioctl", ["int", "unsigned long", "void *"]),
  prlimit: bind("prlimit64", ["int", "int", "const void *", "void *"]),
  quotactl: bind("syscall", ["long", "int", "unsigned int", "unsigned int", "void *"], "long"),
  openTree: bind("syscall", ["long", "int", path, "unsigned int"], "long"),
  moveMount: bind("syscall", ["long", "int", path, "int", path, "unsigned int"], "long"),
  openat2: bind("syscall", ["long", "int", path, "const void *", "size_t"], "long"),
  mountSetattr: bind("syscall", ["long", "int", path, "unsigned int", "const void *", "size_t"], "long"),
};

const STATX_BASIC_STATS = 0x7ff;
const SYS_open_tree = 428;
const SYS_move_mount = 429;
const SYS_openat2 = 437;
const SYS_mount_setattr = 442;
const SYS_quotactl_fd = 443;
const F_SETPIPE_SZ = 1031;

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EMPTY_PATH = 0x1000;
export const AT_RECURSIVE = 0x8000;
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
export const OPEN_TREE_CLONE = 1;
export const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
export const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
export const MOUNT_ATTR_RDONLY = 0x1;
export const MOUNT_ATTR_IDMAP = 0x00100000;
export const MS_SHARED = 1 << 20;
export const MS_PRIVATE = 1 << 18;
export const MS_SLAVE = 1 << 19;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;
export const RESOLVE_NO_MAGICLINKS = 0x02;
export const RESOLVE_NO_SYMLINKS = 0x04;
export const RESOLVE_BENEATH = 0x08;
export const RESOLVE_IN_ROOT = 0x10;
export const RENAME_NOREPLACE = 1;

/**
 * A file name for the kernel. Names that are not UTF-8 are held in strings with every stray byte b as the lone
 * surrogate U+DC00 + b (Python's "surrogateescape"): reversible, equal only for equal bytes. See `decodeName`.
 * @throws InvalidArgument for a NUL byte, which would end the name early
 */
export function encodeName(name: string): string | Buffer {
  if (name.includes("\0")) {
    throw new InvalidArgument(`the file name ${JSON.stringify(name)} holds a NUL byte, which no file name may`);
  }
  return name.isWellFormed() ? name : Buffer.concat([nameBytes(name), Buffer.from([0])]);
}

/** For `node:fs`, which takes strings and Buffers (without the final NUL that C wants). */
export function fsName(name: string): string | Buffer {
  return name.isWellFormed() ? name : nameBytes(name);
}

/** The bytes a name stands for. */
export function nameBytes(name: string): Buffer {
  if (name.isWellFormed()) {
    return Buffer.from(name);
  }
  const parts: Buffer[] = [];
  for (const char of name) {
    const code = char.charCodeAt(0);
    const stray = char.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(stray ? Buffer.from([code - 0xdc00]) : Buffer.from(char));
  }
  return Buffer.concat(parts);
}

/** The name for some bytes; the inverse of `nameBytes`. */
export function decodeName(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text).equals(bytes)) {
    return text;
  }
  let name = "";
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      name += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at++;
    } else {
      name += bytes.toString("utf8", at, at + length);
      at += length;
    }
  }
  return name;
}

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) {
    return 0;
  }
  const piece = bytes.subarray(at, at + length);
  return Buffer.from(piece.toString("utf8")).equals(piece) ? length : 0;
}

/** mount(2). `data` at most 4095 bytes. */
export function mount(source: string, target: string, type: string, flags: number, data: string): number {
  return calls.mount(encodeName(source), encodeName(target), type, flags, data);
}

/** umount2(2). */
export function umount2(target: string, flags: number): number {
  return calls.umount2(encodeName(target), flags);
}

/** open_tree(2): a file descriptor of a (cloned) mount. */
export function openTree(dirfd: number, name: string, flags: number): number {
  return calls.openTree(SYS_open_tree, dirfd, encodeName(name), flags | O_CLOEXEC);
}

/** move_mount(2) of the mount that `fd` is onto `target`, a path or what a descriptor is open on. */
export function moveMount(fd: number, target: string | number): number {
  if (typeof target === "string") {
    return calls.moveMount(SYS_move_mount, fd, "", AT_FDCWD, encodeName(target), MOVE_MOUNT_F_EMPTY_PATH);
  }
  return calls.moveMount(SYS_move_mount, fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/** mount_setattr(2) on the mount that `fd` is. */
export function mountSetattr(
  fd: number,
  attributes: { set: number; clear?: number; propagation?: number; userns?: number; recursive?: boolean },
): number {
  const struct = Buffer.alloc(32);
  struct.writeBigUInt64LE(BigInt(attributes.set), 0);
  struct.writeBigUInt64LE(BigInt(attributes.clear ?? 0), 8);
  struct.writeBigUInt64LE(BigInt(attributes.propagation ?? 0), 16);
  struct.writeBigUInt64LE(BigInt(attributes.userns ?? 0), 24);
  const flags = AT_EMPTY_PATH | (attributes.recursive === true ? AT_RECURSIVE : 0);
  return calls.mountSetattr(SYS_mount_setattr, fd, "", flags, struct, struct.length);
}

const how = Buffer.alloc(24);

/** openat2(2). Always close-on-exec. */
export function openat2(dirfd: number, name: string, flags: number, mode: number, resolve: number): number {
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(mode), 8);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  return calls.openat2(SYS_openat2, dirfd, encodeName(name), how, how.length);
}

/** openat(2). Always close-on-exec. */
export function openat(dirfd: number, name: string, flags: number, mode = 0): number {
  return calls.openat(dirfd, encodeName(name), flags | O_CLOEXEC, mode);
}

export function mkdirat(dirfd: number, name: string, mode: number): number {
  return calls.mkdirat(dirfd, encodeName(name), mode);
}

/** mknodat(2); `mode` with the type bits. */
export function mknodat(dirfd: number, name: string, mode: number, device: bigint): number {
  return calls.mknodat(dirfd, encodeName(name), mode, device);
}

export function symlinkat(target: string, dirfd: number, name: string): number {
  return calls.symlinkat(encodeName(target), dirfd, encodeName(name));
}

/** linkat(2) without following a link at the end of `oldName`. */
export function linkat(oldDir: number, oldName: string, newDir: number, newName: string): number {
  return calls.linkat(oldDir, encodeName(oldName), newDir, encodeName(newName), 0);
}

/** unlinkat(2); `flags` AT_REMOVEDIR for directories. */
export function unlinkat(dirfd: number, name: string, flags = 0): number {
  return calls.unlinkat(dirfd, encodeName(name), flags);
}

export function renameat2(oldDir: number, oldName: string, newDir: number, newName: string, flags = 0): number {
  return calls.renameat2(oldDir, encodeName(oldName), newDir, encodeName(newName), flags);
}

/** lchown relative to `dirfd`. */
export function lchownat(dirfd: number, name: string, uid: number, gid: number): number {
  return calls.fchownat(dirfd, encodeName(name), uid, gid, AT_SYMLINK_NOFOLLOW);
}

/** fchmodat(2): follows a link at the end, so only for what the caller just made or opened as no link. */
export function chmodat(dirfd: number, name: string, mode: number): number {
  return calls.fchmodat(dirfd, encodeName(name), mode, 0);
}

const times = Buffer.alloc(32);

/** Access and modification time of `name` itself (links are not followed), in ns since the epoch. */
export function lutimesat(dirfd: number, name: string, atime: bigint, mtime: bigint): number {
  writeTime(atime, 0);
  writeTime(mtime, 16);
  return calls.utimensat(dirfd, encodeName(name), times, AT_SYMLINK_NOFOLLOW);
}

/** Access and modification time of an open file, in ns since the epoch. */
export function futimens(fd: number, atime: bigint, mtime: bigint): number {
  writeTime(atime, 0);
  writeTime(mtime, 16);
  return calls.futimens(fd, times);
}

/** statx(2) of `name` itself (a link is not followed), or of what `dirfd` is open on if it is empty, into 256 bytes. */
export function statx(dirfd: number, name: string, struct: Uint8Array): number {
  const flags = AT_SYMLINK_NOFOLLOW | (name === "" ? AT_EMPTY_PATH : 0);
  return calls.statx(dirfd, encodeName(name), flags, STATX_BASIC_STATS, struct);
}

function writeTime(time: bigint, at: number): void {
  const nanos = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  times.writeBigInt64LE((time - nanos) / 1_000_000_000n, at);
  times.writeBigInt64LE(nanos, at + 8);
}

const attribute = Buffer.alloc(65536);

/** An extended attribute of `file` itself (links are not followed). Undefined: none of that name, or none supported. */
export function getXattr(file: string, name: string): Buffer | undefined {
  const length = calls.lgetxattr(encodeName(file), name, attribute, attribute.length);
  return length < 0 ? undefined : Buffer.from(attribute.subarray(0, length));
}

export function setXattr(file: string, name: string, value: Uint8Array): number {
  return calls.lsetxattr(encodeName(file), name, value, value.length, 0);
}

const nameList = Buffer.alloc(65536);

/** Names of the extended attributes of `file` itself; none if it has none or they are not supported. */
export function listXattrs(file: string): string[] {
  const length = calls.llistxattr(encodeName(file), nameList, nameList.length);
  return length <= 0 ? [] : nameList.toString("latin1", 0, length - 1).split("\0");
}

/** Whether what `fd` is open on (not for its place only) has extended attributes: a sixth of the time that a path takes. */
export function hasXattrs(fd: number): boolean {
  return calls.flistxattr(fd, nameList, nameList.length) > 0;
}

const linkTarget = Buffer.alloc(8192);

/** The target of the link that `fd` (opened with O_PATH | O_NOFOLLOW) is open on. @throws SystemCallError */
export function readLinkOf(fd: number): string {
  const length = calls.readlinkat(fd, "", linkTarget, linkTarget.length);
  if (length < 0) {
    // ENOENT is what the kernel says of anything but a link here.
    throw new SystemCallError("readlinkat", length === -errno.ENOENT ? errno.EINVAL : -length);
  }
  return decodeName(linkTarget.subarray(0, length));
}

export function syncfs(fd: number): number {
  return calls.syncfs(fd);
}

/** pipe2(2), both ends close-on-exec, holding `capacity` bytes where the kernel allows it. */
export function pipe(capacity: number): number | { reader: number; writer: number } {
  const ends = new Int32Array(2);
  const failed = calls.pipe2(new Uint8Array(ends.buffer), O_CLOEXEC);
  const [reader = -1, writer = -1] = ends;
  if (failed < 0) return failed;
  calls.fcntl(writer, F_SETPIPE_SZ, capacity);
  return { reader, writer };
}

export function fchdir(fd: number): number {
  return calls.fchdir(fd);
}

/** fallocate(2): reserves `length` bytes from `offset`. */
export function fallocate(fd: number, offset: number, length: number): number {
  return calls.fallocate(fd, 0, offset, length);
}

/** ioctl(2) with a struct, which is read or written. */
export function ioctl(fd: number, request: number, struct: Buffer): number {
  return calls.ioctl(fd, request, struct);
}

/** quotactl_fd(2), Linux 5.14: of the file system that `fd` is on. */
export function quotactl(fd: number, command: number, id: number, struct: Buffer): number {
  return calls.quotactl(SYS_quotactl_fd, fd, command, id, struct);
}

/** prlimit(2): soft and hard limit, before it is set to `next` if that is given. */
export function prlimit(
  pid: number,
  resource: number,
  next?: { soft: bigint; hard: bigint },
): number | { soft: bigint; hard: bigint } {
  const before = Buffer.alloc(16);
  const wanted = next === undefined ? null : Buffer.alloc(16);
  wanted?.writeBigUInt64LE(next?.soft ?? 0n, 0);
  wanted?.writeBigUInt64LE(next?.hard ?? 0n, 8);
  const result = calls.prlimit(pid, resource, wanted, before);
  return result < 0 ? result : { soft: before.readBigUInt64LE(0), hard: before.readBigUInt64LE(8) };
}
