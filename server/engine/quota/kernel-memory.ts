import { readFileSync } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../mount/errno.ts";
import { readBeginning } from "../read-beginning.ts";

/** What waits in sockets of one kind, as a table of /proc/<pid>/net tells it for all of a network namespace. */
interface SocketTable {
  file: string;
  /** columns with bytes: decimal, or two hexadecimal numbers with a colon between them (sent, received) */
  columns: readonly number[];
}

const addressed = (...files: string[]): SocketTable[] => files.map((file) => ({ file, columns: [4] }));
/** Kinds whose sockets' buffers no control group counts (proc(5), packet(7), netlink(7)). */
const uncounted: readonly SocketTable[] = [
  ...addressed("raw", "raw6", "icmp", "icmp6"),
  { file: "packet", columns: [6] },
  { file: "netlink", columns: [4, 5] },
];
/** Those of connections that nobody has accepted are not counted; beside them one limit is for the machine (tcp_mem). */
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
async function heldByTable(path: string, { columns }: SocketTable): Promise<number> {
  await using file = await open(path).catch(undefinedIfGone);
  if (file === undefined) return 0;
  let held = 0;
  let isHeader = true;
  try {
    for await (const line of file.readLines()) {
      if (!isHeader) held += bytesOf(line.trim().split(/\s+/), columns);
      isHeader = false;
    }
  } catch (error) {
    return undefinedIfGone(error) ?? held;
  }
  return held;
}

function bytesOf(words: readonly string[], columns: readonly number[]): number {
  const numbers = columns.flatMap((column) => {
    const word = words[column] ?? "";
    return word.includes(":") ? word.split(":").map((hex) => Number.parseInt(hex, 16)) : [Number(word)];
  });
  return numbers.reduce((sum, number) => sum + (Number.isFinite(number) ? number : 0), 0);
}

/** Of the machine's locks on ranges of files those that were taken last: who takes without end is among them. */
const lockSample = 256 * 1_024;

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

/** Shares of all locks by process, as far as the kernel says whose they are: not of open file descriptions. */
export async function lockHolders(proc = "/proc"): Promise<Map<number, number>> {
  const lines = (await readBeginning(join(proc, "locks"), lockSample)).split("\n").filter(Boolean);
  const shares = new Map<number, number>();
  for (const line of lines) {
    const pid = Number(/^\d+:(?: ->)? \S+ +\S+ +\S+ +(\d+) /.exec(line)?.[1] ?? 0);
    if (pid > 0) shares.set(pid, (shares.get(pid) ?? 0) + 1 / lines.length);
  }
  return shares;
}

/** A process that has ended, or a kernel without that protocol. */
function undefinedIfGone(error: unknown): undefined {
  if (!["ENOENT", "ESRCH", "EINVAL"].includes(errnoCode(error) ?? "")) throw error;
}
