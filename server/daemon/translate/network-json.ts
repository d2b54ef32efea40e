import type { Container } from "../../engine/containers/container.ts";
import type { Endpoint, Network } from "../../engine/network/network-service.ts";
import { isoTime } from "./time.ts";

/** Engine API, Network. @param members endpoints with their containers, for inspect; none for lists */
export function networkJson(network: Network, members: { container: Container; endpoint: Endpoint }[]): object {
  return {
    Name: network.name,
    Id: network.id,
    Created: isoTime(network.createdAt),
    Scope: "local",
    Driver: network.driver === "none" ? "null" : network.driver,
    EnableIPv4: true,
    EnableIPv6: network.enableIPv6,
    IPAM: {
      Driver: "default",
      Options: null,
      Config: network.ipam.map((pool) => ({
        Subnet: pool.subnet,
        ...(pool.ipRange === undefined ? {} : { IPRange: pool.ipRange }),
        Gateway: pool.gateway,
      })),
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      members.map(({ container, endpoint }) => [
        container.id,
        {
          Name: container.name,
          EndpointID: endpoint.id,
          MacAddress: endpoint.mac,
          IPv4Address: `${endpoint.ipv4}/${endpoint.prefixLength}`,
          IPv6Address: "",
        },
      ]),
    ),
    Options: network.options,
    Labels: network.labels,
  };
}
