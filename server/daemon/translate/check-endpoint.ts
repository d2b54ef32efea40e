import { isIP } from "node:net";
import type { EndpointRequest, NewContainer } from "../../engine/containers/container.ts";
import { InvalidArgument, isEngineError } from "../../engine/errdefs/errors.ts";
import { invalidEndpoint } from "../../engine/network/invalid-endpoint.ts";
import type { Network } from "../../engine/network/network-service.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";

type Networks = Pick<TenantEngine["networks"], "get">;

/**
 * What is wrong with a new container's endpoints is told at its creation since API 1.44, all of it; before, only the form
 * of addresses was looked at, and the rest at its start (Engine API version history).
 * @throws InvalidArgument in dockerd's words
 */
export function checkEndpoints(networks: Networks, { networks: wanted }: NewContainer, version: ApiVersion): void {
  if (!atLeast(version, "1.44")) {
    Object.values(wanted).forEach(checkAddresses);
    return;
  }
  for (const [name, request] of Object.entries(wanted)) {
    const shown = name === "default" ? "bridge" : name;
    const why = invalidEndpoint(shown, find(networks, shown), request);
    if (why !== undefined) {
      throw new InvalidArgument(`invalid config for network ${shown}: ${why}`);
    }
  }
}

/** The same of `POST /networks/{id}/connect`. @throws InvalidArgument in dockerd's words */
export function checkEndpoint(networks: Networks, nameOrId: string, request: EndpointRequest): void {
  const network = find(networks, nameOrId);
  const why = invalidEndpoint(network?.name ?? nameOrId, network, request);
  if (why !== undefined) {
    throw new InvalidArgument(why);
  }
}

function checkAddresses(request: EndpointRequest): void {
  for (const [family, address] of [[4, request.ipv4] as const, [6, request.ipv6] as const]) {
    const mapped = family === 6 && /^::ffff:\d+\./i.test(address ?? "");
    if (address !== undefined && (isIP(address) !== family || mapped)) {
      throw new InvalidArgument(`invalid IPv${family} address: ${address}`);
    }
  }
}

function find(networks: Networks, nameOrId: string): Network | undefined {
  try {
    return networks.get(nameOrId);
  } catch (error) {
    if (isEngineError(error, "not_found")) return undefined;
    throw error;
  }
}
