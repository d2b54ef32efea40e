import { readFileSync } from "node:fs";
import { messageOf } from "../errdefs/errors.ts";

interface SystemError {
  code?: string;
  address?: string;
  port?: number;
  hostname?: string;
}

const dialFailures: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
};

/** Why a server was not reached, in the words that dockerd (Go's net package) has for it. */
export function dialError(error: unknown): string {
  const { code = "", address, port, hostname } = innermost(error);
  const failure = dialFailures[code];
  if (failure !== undefined && address !== undefined) {
    const host = address.includes(":") ? `[${address}]` : address;
    return `dial tcp ${host}:${port ?? 0}: connect: ${failure}`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    const what = code === "ENOTFOUND" ? "no such host" : "Temporary failure in name resolution";
    return `dial tcp: lookup ${hostname ?? ""}${nameServer()}: ${what}`;
  }
  return messageOf(error);
}

/** Of several addresses that were tried, the first one's. */
function innermost(error: unknown): SystemError {
  const errors = (error as { errors?: unknown[] }).errors;
  return (errors?.[0] ?? error) as SystemError;
}

function nameServer(): string {
  try {
    const address = /^nameserver\s+(\S+)/m.exec(readFileSync("/etc/resolv.conf", "utf8"))?.[1];
    return address === undefined ? "" : ` on ${address.includes(":") ? `[${address}]` : address}:53`;
  } catch {
    // Without the file the resolver has its own default, which is not worth a line.
    return "";
  }
}
