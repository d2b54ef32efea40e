import { join } from "node:path";
import { NotFound } from "../errdefs/errors.ts";
import { readBeginning } from "../read-beginning.ts";
import { resolverAddress } from "./dns/dns-server.ts";

export interface ListeningPort {
  protocol: "tcp" | "udp";
  port: number;
  /** where it listens, when that is an address that only processes in the same container reach */
  loopback?: string;
}

const listenState = 0x0a;
const unconnectedState = 0x07;

/**
 * The ports that processes in the network namespace of `pid` listen on (proc(5), /proc/<pid>/net/tcp), ascending,
 * without the embedded DNS. Of tables without end those at the beginning, where the kernel has what listens.
 *
 * @param pid of a process in the container, as the host counts
 * @throws NotFound when it has exited
 */
export async function listeningPorts(pid: number, proc = "/proc"): Promise<ListeningPort[]> {
  const found = new Map<string, ListeningPort>();
  for (const file of ["tcp", "tcp6", "udp", "udp6"] as const) {
    const protocol = file.startsWith("tcp") ? "tcp" : "udp";
    for (const { address, port, state } of parse(await read(proc, pid, file))) {
      const wanted = protocol === "tcp" ? listenState : unconnectedState;
      if (state !== wanted || (address === resolverAddress && port === 53)) {
        continue;
      }
      const key = `${protocol}/${port}`;
      const known = found.get(key);
      const isInside = address.startsWith("127.") || address === "::1";
      if (!isInside) found.set(key, { protocol, port });
      else if (known === undefined) found.set(key, { protocol, port, loopback: address });
    }
  }
  return [...found.values()].toSorted((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
}

/** Bytes of a table, of some 150 a socket: connections that nobody accepted cost a container nothing, and may be millions. */
const mostOfTable = 1024 ** 2;

async function read(proc: string, pid: number, file: string): Promise<string> {
  try {
    return await readBeginning(join(proc, String(pid), "net", file), mostOfTable);
  } catch (cause) {
    if (file.endsWith("6") && (cause as NodeJS.ErrnoException).code === "ENOENT") {
      return ""; // a kernel without IPv6
    }
    throw new NotFound(`process ${pid} has exited`, { cause });
  }
}

/** Lines `sl local_address rem_address st ...` with addresses as hex in host byte order. */
export function* parse(table: string): Generator<{ address: string; port: number; peer: string; state: number }> {
  for (const line of table.split("\n").slice(1)) {
    const [, local, remote, state] = line.trim().split(/\s+/);
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local ?? "");
    if (match === null || remote === undefined || state === undefined) {
      continue;
    }
    yield {
      address: addressText(match[1] ?? ""),
      port: Number.parseInt(match[2] ?? "", 16),
      peer: addressText(remote.split(":")[0] ?? ""),
      state: Number.parseInt(state, 16),
    };
  }
}

function addressText(hex: string): string {
  // four bytes each, least significant first
  const words = hex.match(/.{8}/g)?.map((word) => Buffer.from(word, "hex").toReversed()) ?? [];
  const last = words.at(-1)?.join(".") ?? "";
  if (words.length === 1) {
    return last;
  }
  const head = words
    .slice(0, 3)
    .map((word) => Buffer.from(word).toString("hex"))
    .join("");
  if (head === "00000000000000000000ffff") {
    return last; // IPv4 on an IPv6 socket
  }
  const whole = `${head}${Buffer.from(words.at(-1) ?? []).toString("hex")}`;
  return whole === `${"0".repeat(31)}1` ? "::1" : whole;
}
