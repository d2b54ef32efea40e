import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readBeginning } from "../read-beginning.ts";
import { undefinedIfGone } from "./kernel-memory.ts";

/** Of the machine's locks on ranges of files those that were taken last: who takes without end is among them. */
const sample = 256 * 1_024;
/** Descriptors that are looked at together. */
const together = 64;

/** Whoever may have locks: host pids of one container or build step. */
export type Processes = readonly number[];

/** Bytes of all locks of files there are (slabinfo(5)); 0 where the kernel does not tell. */
export async function heldByLocks(proc = "/proc"): Promise<number> {
  const text = await readBeginning(join(proc, "slabinfo"), 1024 ** 2).catch(undefinedIfGone);
  const [, , count = 0, size = 0] =
    /^file_lock_cache .*$/m
      .exec(text ?? "")?.[0]
      .split(/\s+/)
      .map(Number) ?? [];
  return count * size;
}

/**
 * Which part of all locks is whose: of the process that took it; where that has ended (others go on with its descriptors),
 * or the kernel names none (locks of open file descriptions), of who has the file: on a mount that nobody else has,
 * else open.
 * @returns a share for each of `groups`, in their order
 */
export async function lockShares(groups: readonly Processes[], proc = "/proc"): Promise<number[]> {
  const lines = (await readBeginning(join(proc, "locks"), sample)).split("\n").filter(Boolean);
  const shares = groups.map(() => 0);
  const give = (group: number, locks: number) => (shares[group] = (shares[group] ?? 0) + locks / lines.length);
  const groupOf = new Map(groups.flatMap((pids, group) => pids.map((pid) => [pid, group] as const)));
  /** of nobody's yet: how many on each file, by device and inode */
  const files = new Map<string, number>();
  for (const line of lines) {
    // "1: OFDLCK ADVISORY  WRITE -1 00:30:3260437 0 0", waiting ones with an arrow; device numbers in hexadecimal
    const [, pid, major, minor, inode] =
      /^\d+:(?: ->)? \S+ +\S+ +\S+ +(-?\d+) ([\da-f]+):([\da-f]+):(\d+) /.exec(line) ?? [];
    if (major === undefined || minor === undefined) continue;
    const group = groupOf.get(Number(pid));
    const file = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`;
    if (group === undefined) files.set(file, (files.get(file) ?? 0) + 1);
    else give(group, 1);
  }
  const mounts = await onlyMounts(groups, proc);
  for (const [file, locks] of files) {
    const group = mounts.get(file.slice(0, file.lastIndexOf(":")));
    if (group === undefined) continue;
    give(group, locks);
    files.delete(file);
  }
  if (files.size === 0) return shares;
  for (const [group, pids] of groups.entries()) {
    for (const file of await opened(pids, files, proc)) give(group, files.get(file) ?? 0);
  }
  return shares;
}

/** File systems that one group alone has mounted: its own layers and tmpfs, not the disk with everybody's volumes. */
async function onlyMounts(groups: readonly Processes[], proc: string): Promise<Map<string, number | undefined>> {
  const mounts = new Map<string, number | undefined>();
  for (const [group, [pid]] of groups.entries()) {
    if (pid === undefined) continue;
    const text = await readFile(join(proc, String(pid), "mountinfo"), "utf8").catch(undefinedIfGone);
    for (const device of new Set((text ?? "").split("\n").map((line) => line.split(" ")[2] ?? ""))) {
      mounts.set(device, mounts.has(device) ? undefined : group);
    }
  }
  return mounts;
}

/** Which of `files` any of the processes has open. */
async function opened(pids: Processes, files: ReadonlyMap<string, number>, proc: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const pid of pids) {
    const directory = join(proc, String(pid), "fd");
    const descriptors = (await readdir(directory).catch(undefinedIfGone)) ?? [];
    for (let next = 0; next < descriptors.length && found.size < files.size; next += together) {
      const some = descriptors.slice(next, next + together);
      for (const file of await Promise.all(some.map((name) => fileOf(join(directory, name))))) {
        if (file !== undefined && files.has(file)) found.add(file);
      }
    }
  }
  return found;
}

/** By device and inode; undefined when it is no longer open, or its file system does not say. */
async function fileOf(path: string): Promise<string | undefined> {
  const is = await stat(path, { bigint: true }).catch(() => undefined);
  if (is === undefined) return undefined;
  // makedev(3)
  const major = ((is.dev >> 8n) & 0xfffn) | ((is.dev >> 32n) & 0xfffff000n);
  const minor = (is.dev & 0xffn) | ((is.dev >> 12n) & 0xffffff00n);
  return `${major}:${minor}:${is.ino}`;
}
