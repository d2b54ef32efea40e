import { isIP } from "node:net";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import type { CreateContainerBody, HostConfigBody } from "./schemas.ts";

/**
 * What does not go together with a namespace mode, and what is for other systems, in dockerd's order (moby, runconfig/config.go and
 * hostconfig_unix.go).
 * @throws InvalidArgument in dockerd's words
 */
export function checkModes(config: CreateContainerBody, host: HostConfigBody): void {
  for (const [wrong, message] of [...networkConflicts(config, host), ...wrongModes(host)]) {
    if (wrong) {
      throw new InvalidArgument(message);
    }
  }
}

type Check = readonly [wrong: boolean, message: string];

function networkConflicts(config: CreateContainerBody, host: HostConfigBody): Check[] {
  const [kind, other = ""] = host.NetworkMode.split(":");
  const shared = kind === "container";
  const isHost = host.NetworkMode === "host";
  const conflict = (what: string) => `conflicting options: ${what}`;
  return [
    [host.UTSMode === "host" && config.Hostname !== "", conflict("hostname and the UTS mode")],
    [shared && other === "", "Invalid network mode: invalid container format container:<name|id>"],
    [shared && config.Hostname !== "", conflict("hostname and the network mode")],
    [
      shared && host.Links.length > 0,
      conflict("container type network can't be used with links. This would result in undefined behavior"),
    ],
    [
      isHost && host.Links.length > 0,
      conflict("host type networking can't be used with links. This would result in undefined behavior"),
    ],
    [shared && host.Dns.length > 0, conflict("dns and the network mode")],
    [shared && host.ExtraHosts.length > 0, conflict("custom host-to-IP mapping and the network mode")],
    [(shared || isHost) && config.MacAddress !== "", conflict("mac-address and the network mode")],
    [
      shared && (Object.keys(host.PortBindings).length > 0 || host.PublishAllPorts),
      conflict("port publishing and the container type network mode"),
    ],
    [shared && config.ExposedPorts.length > 0, conflict("port exposing and the container type network mode")],
  ];
}

function wrongModes(host: HostConfigBody): Check[] {
  const quality = (what: string) => `Invalid QoS settings: linux does not support configuration of maximum ${what}`;
  return [
    [
      !["", "default"].includes(host.Isolation.toLowerCase()),
      `Invalid isolation: ${JSON.stringify(host.Isolation)} - linux only supports 'default'`,
    ],
    [host.IOMaximumBandwidth > 0, quality("bandwidth")],
    [host.IOMaximumIOps > 0, quality("IOPs")],
    ...host.ExtraHosts.map(extraHost),
  ];
}

/** `name:address`; moby, opts/hosts.go, ValidateExtraHost */
function extraHost(entry: string): Check {
  const match = /^([^:=\r\n]+)[:=]\[?([^\]\s]+)\]?$/.exec(entry);
  const address = match?.[2] ?? "";
  return match === null
    ? [true, `bad format for add-host: ${JSON.stringify(entry)}`]
    : [address !== "host-gateway" && isIP(address) === 0, `invalid IP address in add-host: ${JSON.stringify(address)}`];
}
