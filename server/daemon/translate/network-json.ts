import type { Container } from "../../engine/containers/container.ts";
import { defaultBridgeOptions } from "../../engine/network/bridge-options.ts";
import { parseCidr } from "../../engine/network/cidr.ts";
import type { WantedPool } from "../../engine/network/ipam.ts";
import type { Endpoint, Network } from "../../engine/network/network-service.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { isoTime } from "./time.ts";

export interface Member {
  container: Container;
  endpoint: Endpoint;
}

/** Engine API, Network. @param members endpoints with their containers, for inspect; none for lists */
export function networkJson(network: Network, members: readonly Member[], version: ApiVersion): object {
  return {
    Name: network.name,
    Id: network.id,
    Created: isoTime(network.createdAt),
    Scope: "local",
    Driver: driverName(network),
    ...(atLeast(version, "1.48") ? { EnableIPv4: network.enableIPv4 ?? true } : {}),
    EnableIPv6: network.enableIPv6,
    IPAM: { Driver: "default", Options: network.ipamOptions ?? null, Config: shownPools(network).map(poolJson) },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: network.configFrom ?? "" },
    ConfigOnly: network.configOnly ?? false,
    Containers: Object.fromEntries(
      members
        .toSorted((a, b) => (a.container.id < b.container.id ? -1 : 1))
        .map(({ container, endpoint }) => [container.id, memberJson(container, endpoint)]),
    ),
    Options: sorted(
      network.name === "bridge" ? { ...defaultBridgeOptions(network.bridge), ...network.options } : network.options,
    ),
    Labels: sorted(network.labels),
  };
}

/** The API's name of the driver of the network `none`. */
export function driverName({ driver }: Pick<Network, "driver">): string {
  return driver === "none" ? "null" : driver;
}

/** As dockerd: of each family what its maker wrote; where they wrote nothing, what was chosen. */
function shownPools({ ipam, requestedIpam = [], configOnly }: Network): WantedPool[] {
  const of = (pools: readonly WantedPool[], family: 4 | 6) =>
    pools.filter(({ subnet }) => (parseCidr(subnet ?? "")?.family ?? 4) === family);
  return ([4, 6] as const).flatMap((family) => {
    const asked = of(requestedIpam, family);
    return asked.length > 0 || configOnly === true ? asked : of(ipam, family);
  });
}

function poolJson({ subnet, ipRange, gateway, auxiliary }: WantedPool): object {
  return {
    ...(subnet === undefined ? {} : { Subnet: subnet }),
    ...(ipRange === undefined ? {} : { IPRange: ipRange }),
    ...(gateway === undefined ? {} : { Gateway: gateway }),
    ...(auxiliary === undefined ? {} : { AuxiliaryAddresses: sorted(auxiliary) }),
  };
}

function memberJson(container: Container, endpoint: Endpoint): object {
  return {
    Name: container.name,
    EndpointID: endpoint.id,
    MacAddress: endpoint.mac,
    IPv4Address: endpoint.ipv4 === "" ? "" : `${endpoint.ipv4}/${endpoint.prefixLength}`,
    IPv6Address: endpoint.ipv6 === "" ? "" : `${endpoint.ipv6}/${endpoint.prefixLength6}`,
  };
}

/** Go writes maps in the order of their keys. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
