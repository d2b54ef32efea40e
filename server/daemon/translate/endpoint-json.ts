import type { Container, EndpointRequest } from "../../engine/containers/container.ts";
import type { Endpoint, Network } from "../../engine/network/network-service.ts";
import { isPredefined } from "../../engine/network/predefined.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";

/** A network of a container, also one that is gone or still to come (no `id`), and the endpoint, if the container is up. */
export interface NetworkPlace {
  network: Pick<Network, "name" | "id">;
  endpoint: Endpoint | undefined;
}

/** Network name → Engine API, EndpointSettings. @param version undefined: a list, which shows no names */
export function networksJson(
  container: Container,
  networks: readonly NetworkPlace[],
  version?: ApiVersion,
): Record<string, object> {
  return Object.fromEntries(
    networks
      .toSorted((a, b) => (a.network.name < b.network.name ? -1 : 1))
      .map((place) => [place.network.name, endpointJson(container, place, version)]),
  );
}

function endpointJson(
  container: Container,
  { network, endpoint }: NetworkPlace,
  version: ApiVersion | undefined,
): object {
  const request = container.networks[network.name] ?? container.networks[network.id];
  const named = !isPredefined(network.name) && version !== undefined;
  const aliases = request?.aliases ?? [];
  const own = [...new Set([container.id.slice(0, 12), container.config.hostname])];
  const started = container.startedAt !== undefined || endpoint !== undefined;
  // Up to 1.44 the names that the engine adds were among the aliases (Engine API version history), before 1.44 from its
  // first start on.
  const whole = started || (version !== undefined && atLeast(version, "1.44"));
  const shown = whole ? own : request?.connectedLater === true ? own.slice(0, 1) : [];
  const merged = named && !atLeast(version, "1.45") ? [...new Set([...aliases, ...shown])] : aliases;
  return {
    IPAMConfig: ipamJson(request),
    Links: request === undefined || request.links.length === 0 ? null : request.links,
    Aliases: merged.length === 0 ? null : merged,
    MacAddress: endpoint?.mac ?? request?.mac ?? "",
    DriverOpts: request?.driverOptions ?? null,
    GwPriority: request?.gatewayPriority ?? 0,
    NetworkID: started ? network.id : "",
    EndpointID: endpoint?.id ?? "",
    Gateway: endpoint?.gateway ?? "",
    IPAddress: endpoint?.ipv4 ?? "",
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: endpoint?.gateway6 ?? "",
    GlobalIPv6Address: endpoint?.ipv6 ?? "",
    GlobalIPv6PrefixLen: endpoint?.prefixLength6 ?? 0,
    DNSNames: named ? [...new Set([container.name, ...aliases, ...own])] : null,
  };
}

function ipamJson(request: EndpointRequest | undefined): object | null {
  if (request?.ipv4 === undefined && request?.ipv6 === undefined && request?.linkLocal === undefined) {
    return request?.emptyIpam === true ? {} : null;
  }
  return {
    ...(request.ipv4 === undefined ? {} : { IPv4Address: request.ipv4 }),
    ...(request.ipv6 === undefined ? {} : { IPv6Address: request.ipv6 }),
    ...(request.linkLocal === undefined ? {} : { LinkLocalIPs: request.linkLocal }),
  };
}
