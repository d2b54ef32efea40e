import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { messageOf } from "../errdefs/errors.ts";

/** Of TLS and HTTP, by OpenSSL's and node's codes; nothing was dialled in vain then. */
const talkFailures: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: "http: server gave HTTP response to HTTPS client",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "http: server gave HTTP response to HTTPS client",
  DEPTH_ZERO_SELF_SIGNED_CERT: "x509: certificate signed by unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "x509: certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "x509: certificate signed by unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "x509: certificate signed by unknown authority",
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "x509: certificate has expired or is not yet valid",
};

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
export async function dialError(error: unknown): Promise<string> {
  const { code = "", address, port, hostname } = innermost(error);
  const failure = dialFailures[code];
  if (failure !== undefined && address !== undefined) {
    const host = address.includes(":") ? `[${address}]` : address;
    return `dial tcp ${host}:${port ?? 0}: connect: ${failure}`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    const what = code === "ENOTFOUND" ? "no such host" : "Temporary failure in name resolution";
    const server = nameServer();
    const place = server === undefined ? "" : ` on ${server.shown}`;
    return `dial tcp: lookup ${hostname ?? ""}${place}: ${(await unreachable(server)) ?? what}`;
  }
  return talkFailures[code] ?? messageOf(error);
}

/** Of several addresses that were tried, the first one's. */
function innermost(error: unknown): SystemError {
  const errors = (error as { errors?: unknown[] }).errors;
  return (errors?.[0] ?? error) as SystemError;
}

interface NameServer {
  address: string;
  /** as Go writes it */
  shown: string;
}

function nameServer(): NameServer | undefined {
  try {
    const address = /^nameserver\s+(\S+)/m.exec(readFileSync("/etc/resolv.conf", "utf8"))?.[1];
    if (address === undefined) {
      return undefined;
    }
    return { address, shown: `${address.includes(":") ? `[${address}]` : address}:53` };
  } catch {
    // Without the file the resolver has its own default, which is not worth a line.
    return undefined;
  }
}

/** The machine has no way to its name server: the resolver does not tell that from a name that is not there. */
async function unreachable(server: NameServer | undefined): Promise<string | undefined> {
  if (server === undefined || isIP(server.address) === 0) {
    return undefined;
  }
  const socket = createSocket(isIP(server.address) === 6 ? "udp6" : "udp4");
  try {
    // Sends nothing: the kernel looks for a route.
    const failed = await new Promise<SystemError | undefined>((resolve) => {
      socket.once("error", resolve);
      socket.connect(53, server.address, (error?: SystemError | null) => resolve(error ?? undefined));
    });
    const failure = dialFailures[failed?.code ?? ""];
    return failure === undefined ? undefined : `dial udp ${server.shown}: connect: ${failure}`;
  } finally {
    socket.close();
  }
}
