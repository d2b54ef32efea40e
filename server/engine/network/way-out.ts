import type { NetworkRegistry } from "./network-registry.ts";
import type { StoredEndpoint } from "./store.ts";
import { isShut } from "./vlan-devices.ts";

type Registry = Pick<NetworkRegistry, "network">;

/**
 * The endpoint by which a sandbox reaches the outside, and is reached: of those with a way out the one with the highest
 * priority, then the one whose network's name comes first (libnetwork, epHeap).
 */
export function gatewayEndpoint(registry: Registry, endpoints: readonly StoredEndpoint[]): StoredEndpoint | undefined {
  const name = ({ networkId }: StoredEndpoint) => registry.network(networkId).name;
  return endpoints
    .filter((endpoint) => endpoint.interface !== "" && !isShut(registry.network(endpoint.networkId)))
    .toSorted((a, b) => (b.gatewayPriority ?? 0) - (a.gatewayPriority ?? 0) || (name(a) < name(b) ? -1 : 1))[0];
}

/** Where a sandbox's published ports lead, of each family; empty: nowhere. What is on the machine's own network has none. */
export function portTarget(registry: Registry, endpoints: readonly StoredEndpoint[]): { ipv4: string; ipv6: string } {
  const bridged = endpoints.filter(({ networkId }) => registry.network(networkId).driver === "bridge");
  const by = (family: "ipv4" | "ipv6") =>
    gatewayEndpoint(
      registry,
      bridged.filter((endpoint) => endpoint[family] !== ""),
    )?.[family] ?? "";
  return { ipv4: by("ipv4"), ipv6: by("ipv6") };
}
