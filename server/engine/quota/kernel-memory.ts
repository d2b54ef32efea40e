import { readFileSync } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../mount/errno.ts";

/** What sockets of one kind hold, as a table of /proc/<pid>/net tells it for all of a network namespace. */
interface SocketTable {
  file: string;
  /** of a line, by its columns */
  bytes: (columns: readonly string[]) => number;
}

/** Columns with bytes: decimal, or two hexadecimal numbers with a colon between them (sent, received). */
const waitingIn =
  (...numbers: number[]) =>
  (columns: readonly string[]) =>
    numbers.reduce((sum, number) => sum + bytesOf(columns[number] ?? ""), 0);
const addressed = (...files: string[]): SocketTable[] => files.map((file) => ({ file, bytes: waitingIn(4) }));

/** A connection that nobody has accepted: its socket, what led to it, what it has received, bytes. */
const notAccepted = 3_072;
/** ESTABLISHED, CLOSE_WAIT (include/net/tcp_states.h) of what has no inode yet: no process has it. */
const unaccepted = (columns: readonly string[]) =>
  ["01", "08"].includes(columns[3] ?? "") && columns[9] === "0" ? notAccepted + waitingIn(4)(columns) : 0;

/** A multicast address that is listened to, and for each socket that listens to it, bytes. */
const [multicastAddress, listener] = [256, 64];
const listenedTo = (columns: readonly string[]) => multicastAddress + listener * (Number(columns[3]) || 0);

/** Kinds of which no control group counts what sockets hold (proc(5), packet(7), netlink(7)). */
const uncounted: readonly SocketTable[] = [
  ...addressed("raw", "raw6", "icmp", "icmp6"),
  { file: "packet", bytes: waitingIn(6) },
  { file: "netlink", bytes: waitingIn(4, 5) },
  { file: "tcp", bytes: unaccepted },
  { file: "tcp6", bytes: unaccepted },
  { file: "igmp6", bytes: listenedTo },
];
/** Buffers of TCP, of which there are so many for the machine (tcp_mem). */
const tcp = addressed("tcp", "tcp6");
const tables = { uncounted, tcp };

/** Which sockets: those that nothing counts, or those of TCP. */
export type SocketKind = keyof typeof tables;

/** Bytes of what the kernel has in all. */
export interface MemoryState {
  total: number;
  /** what programs could still have without swapping */
  available: number;
  /** what TCP has for buffers, and from what on it is short of them, for everybody; bytes */
  tcp: { used: number; pressure: number };
}

/** Bytes of a page: what sockstat and tcp_mem count in; 4 KiB where Drydock runs (x64, arm64 of Debian and Ubuntu). */
const page = 4_096;

/** One look costs some ten microseconds. @param proc where /proc is */
export function memoryState(proc = "/proc"): MemoryState {
  const text = readFileSync(join(proc, "meminfo"), "utf8");
  const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1_024;
  const sockets = readFileSync(join(proc, "net/sockstat"), "utf8");
  const [, pressure = Infinity] = readFileSync(join(proc, "sys/net/ipv4/tcp_mem"), "utf8")
    .trim()
    .split(/\s+/)
    .map(Number);
  const used = Number(/^TCP: .* mem (\d+)$/m.exec(sockets)?.[1] ?? 0);
  return {
    total: of("MemTotal"),
    available: of("MemAvailable"),
    tcp: { used: used * page, pressure: pressure * page },
  };
}

/** Bytes that wait in the sockets of the network namespace of a process; 0 for one that has ended. */
export async function heldBySockets(pid: number, kind: SocketKind, proc = "/proc"): Promise<number> {
  let held = 0;
  for (const table of tables[kind]) held += await heldByTable(join(proc, String(pid), "net", table.file), table);
  return held;
}

/** Which network namespace a process is in; undefined when it has ended. */
export async function networkOf(pid: number | "self", proc = "/proc"): Promise<string | undefined> {
  return readlink(join(proc, String(pid), "ns/net")).catch(undefinedIfGone);
}

/** Whole, however long: where in it the large ones are is for who made them to choose. */
async function heldByTable(path: string, { bytes }: SocketTable): Promise<number> {
  await using file = await open(path).catch(undefinedIfGone);
  if (file === undefined) return 0;
  let held = 0;
  try {
    for await (const line of file.readLines()) held += bytes(line.trim().split(/\s+/));
  } catch (error) {
    return undefinedIfGone(error) ?? held;
  }
  return held;
}

/** 0 for a column's name. */
function bytesOf(word: string): number {
  const numbers = word.includes(":") ? word.split(":").map((hex) => Number.parseInt(hex, 16)) : [Number(word)];
  return numbers.reduce((sum, number) => sum + (Number.isFinite(number) ? number : 0), 0);
}

/** A process that has ended, or a kernel without that protocol. */
export function undefinedIfGone(error: unknown): undefined {
  if (!["ENOENT", "ESRCH", "EINVAL"].includes(errnoCode(error) ?? "")) throw error;
}
