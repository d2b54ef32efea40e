import { InvalidArgument, isEngineError } from "../../engine/errdefs/errors.ts";
import type { PortBinding } from "../../engine/network/network-service.ts";
import type { HostConfigBody } from "./schemas.ts";

/**
 * `-p` in the form of the API: `{"80/tcp": [{"HostIp", "HostPort"}]}`, a host port may be a range: `8000-8010`.
 * @throws InvalidArgument in dockerd's words
 */
export function portBindings(body: HostConfigBody["PortBindings"]): PortBinding[] {
  return Object.entries(body).flatMap(([key, bindings]) => {
    const { port, protocol } = parsePort(key);
    return (bindings ?? []).map((binding) => ({
      protocol,
      containerPort: port,
      hostAddress: binding.HostIp,
      ...hostPorts(binding.HostPort),
    }));
  });
}

/** Whether what inspect shows of them can be made of the engine's own form: each port in full, and bound to something. */
export function isPlain(body: HostConfigBody["PortBindings"]): boolean {
  return Object.entries(body).every(
    ([key, bindings]) => /^\d+\/(?:tcp|udp|sctp)$/.test(key) && (bindings ?? []).length > 0,
  );
}

function hostPorts(text: string): Pick<PortBinding, "hostPort" | "lastHostPort" | "shownPort"> {
  const match = /^(\d{0,5})(?:-(\d{1,5}))?$/.exec(text);
  const hostPort = Number(match?.[1]);
  const last = Number(match?.[2] ?? hostPort);
  if (match === null || last > 65_535 || last < hostPort || (match[2] !== undefined && hostPort === 0)) {
    throw new InvalidArgument(`invalid port specification: ${JSON.stringify(text)}`);
  }
  if (last !== hostPort) return { hostPort, lastHostPort: last };
  const plain = text === "" || (text === String(hostPort) && hostPort > 0);
  return { hostPort, ...(plain ? {} : { shownPort: text }) };
}

/** `80/tcp`, `53/udp`, `80`. @throws InvalidArgument in dockerd's words */
export function parsePort(key: string): { port: number; protocol: PortBinding["protocol"] } {
  const [number = "", protocol = "tcp", ...rest] = key.split("/");
  const port = Number(number);
  if (!/^\d{1,5}$/.test(number) || port > 65_535) {
    throw new InvalidArgument(`invalid port specification: ${JSON.stringify(number)}`);
  }
  const name = protocol.toLowerCase();
  if (port === 0 || rest.length > 0 || (name !== "tcp" && name !== "udp" && name !== "sctp")) {
    throw new InvalidArgument(`invalid port specification: ${JSON.stringify(key)}: tcp, udp and sctp can be published`);
  }
  return { port, protocol: name };
}

/** The same for what a container exposes, which nobody checked; undefined for what is no port. */
export function exposedPort(text: string): { port: number; protocol: PortBinding["protocol"] } | undefined {
  try {
    return parsePort(text);
  } catch (error) {
    if (isEngineError(error, "invalid_argument")) {
      return undefined;
    }
    throw error;
  }
}
