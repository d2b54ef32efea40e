import { isIP } from "node:net";
import { mistake } from "../mistake.ts";
import type { Place } from "./place.ts";

const protocols = ["tcp", "udp", "sctp"];

/**
 * `80`, `80/udp`, `8000-8010/tcp`, and as of old `[IP:]HOST:80`, as single ports with their protocol. Warns of what EXPOSE
 * does not do: the part of the host is dropped.
 * @throws BuildError
 */
export function expandPorts(text: string, place: Place): string[] {
  const parts = text.split(":");
  const container = parts.pop() ?? "";
  const hostPort = parts.pop() ?? "";
  const address = parts.join(":");
  const [port = "", protocol = "", ...more] = splitOnce(container, "/");
  const written = protocol === "" ? "tcp" : protocol;
  if (port === "") {
    throw place.fail(`invalid port: ${JSON.stringify(text)}: no port specified`, { hint: portHint });
  }
  if (more.length > 0 || !protocols.includes(written.toLowerCase())) {
    throw place.fail(`invalid port: ${JSON.stringify(text)}: invalid proto: ${written}`, {
      hint: "the protocol is tcp, udp or sctp",
      ...mistake({ kind: "port-protocol", protocol: written }),
    });
  }
  if (written !== written.toLowerCase()) {
    place.warn(
      "ExposeProtoCasing",
      `Defined protocol '${text}' in EXPOSE instruction should be lowercase`,
      place.rewrite(text, text.toLowerCase()),
    );
  }
  if (address !== "" || hostPort !== "") {
    place.warn(
      "ExposeInvalidFormat",
      `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`,
      place.rewrite(text, container),
    );
  }
  checkAddress(address, place);
  const range = portRange(port);
  if (range === undefined) {
    throw place.fail(`invalid containerPort: ${port}`, {
      hint: portHint,
      ...mistake({ kind: "container-port", port }),
    });
  }
  checkHostPort(hostPort, { text: port, range }, place);
  return Array.from({ length: range.last - range.first + 1 }, (_, index) => {
    return `${range.first + index}/${written.toLowerCase()}`;
  });
}

const portHint = "write a port such as 80 or 53/udp, or a range such as 8000-8010; ports go from 0 to 65535";

interface PortRange {
  first: number;
  last: number;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function portRange(text: string): PortRange | undefined {
  const [start = "", end] = splitOnce(text, "-");
  const first = portNumber(start);
  const last = end === undefined ? first : portNumber(end);
  return first === undefined || last === undefined || last < first ? undefined : { first, last };
}

function portNumber(text: string): number | undefined {
  const number = Number(text);
  return /^[+-]?\d+$/.test(text) && number >= 0 && number <= 65535 ? number : undefined;
}

function checkAddress(address: string, place: Place): void {
  const bare = /^\[(.*)\]$/.exec(address)?.[1] ?? address;
  if (bare !== "" && isIP(bare) === 0) {
    throw place.fail(`invalid IP address: ${bare}`, {
      hint: "EXPOSE names ports of the container only; which host port leads to it is said by docker run -p",
    });
  }
}

function checkHostPort(hostPort: string, container: { text: string; range: PortRange }, place: Place): void {
  if (hostPort === "") {
    return;
  }
  const range = portRange(hostPort);
  if (range === undefined) {
    throw place.fail(`invalid hostPort: ${hostPort}`, { hint: portHint });
  }
  const length = container.range.last - container.range.first;
  if (length !== 0 && length !== range.last - range.first) {
    throw place.fail(`invalid ranges specified for container and host Ports: ${container.text} and ${hostPort}`, {
      hint: "leave the host's ports out: docker run -p says them",
    });
  }
}
