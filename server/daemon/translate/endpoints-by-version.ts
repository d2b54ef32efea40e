import { InvalidArgument, Unknown } from "../../engine/errdefs/errors.ts";
import { parseNetworkMode } from "../../engine/containers/network-mode.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { type CreateContainerBody, type EndpointBody, endpointSchema } from "./schemas.ts";

const sysctlOption = "com.docker.network.endpoint.sysctls";

/**
 * What of a new container's networks is said otherwise in some versions: the address and the settings that were the
 * container's are its endpoint's (moby, container_routes.go: handleMACAddressBC, handleSysctlBC). Changes `body`.
 * @returns warnings for the client
 * @throws InvalidArgument, Unknown in dockerd's words
 */
export function fitEndpointsToVersion(body: CreateContainerBody, version: ApiVersion): string[] {
  if (!atLeast(version, "1.48")) {
    for (const endpoint of Object.values(body.NetworkingConfig?.EndpointsConfig ?? {})) {
      if (endpoint) endpoint.GwPriority = 0;
    }
  }
  return [...fitMacAddress(body, version), ...fitSysctls(body, version)];
}

/** Since 1.44 the address is an endpoint's; before, it was the container's. */
function fitMacAddress(body: CreateContainerBody, version: ApiVersion): string[] {
  const { MacAddress: mac } = body;
  const isEndpoints = atLeast(version, "1.44");
  if (mac === "") {
    for (const endpoint of isEndpoints ? [] : Object.values(body.NetworkingConfig?.EndpointsConfig ?? {})) {
      if (endpoint) endpoint.MacAddress = "";
    }
    return [];
  }
  if (parseNetworkMode(networkMode(body)).kind === "network") {
    const endpoint = endpointOfMode(
      body,
      version,
      "unable to migrate container-wide MAC address to a specific network",
    );
    if (isEndpoints && endpoint.MacAddress !== "" && endpoint.MacAddress !== mac) {
      throw new InvalidArgument(
        "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
      );
    }
    endpoint.MacAddress = mac;
  }
  return isEndpoints
    ? ["The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."]
    : [];
}

/** Settings of `eth0`, which is not there yet when the container's are made. */
function fitSysctls(body: CreateContainerBody, version: ApiVersion): string[] {
  const host = body.HostConfig;
  const kind = parseNetworkMode(networkMode(body)).kind;
  if (!host || kind === "host" || kind === "container") {
    return [];
  }
  const moved = Object.keys(host.Sysctls)
    .map((name) => ({ name, parts: /^(net\.[^.]*\.[^.]*)\.(eth[^.]*)\.(.*)$/s.exec(name) }))
    .flatMap(({ name, parts }) => (parts === null ? [] : [{ name, parts }]));
  if (moved.length === 0) {
    return [];
  }
  const [{ name: first }] = moved as [(typeof moved)[number]];
  if (atLeast(version, "1.48")) {
    throw new Unknown(
      `interface specific sysctl setting ${JSON.stringify(first)} must be supplied using driver option '${sysctlOption}'`,
    );
  }
  const endpoint = endpointOfMode(body, version, `unable to find a network for sysctl ${first}`);
  const other = moved.find(({ parts }) => parts[2] !== "eth0");
  if (other !== undefined) {
    throw new Unknown(
      `unable to determine network endpoint for sysctl ${other.name}, use driver option '${sysctlOption}' to set per-interface sysctls`,
    );
  }
  const option = moved.map(({ name, parts }) => `${parts[1]}.IFNAME.${parts[3]}=${host.Sysctls[name]}`).join(",");
  const given = endpoint.DriverOpts?.[sysctlOption];
  // What is said of the endpoint itself comes last, and so counts.
  endpoint.DriverOpts = { ...endpoint.DriverOpts, [sysctlOption]: given === undefined ? option : `${option},${given}` };
  const names = moved.map(({ name }) => name);
  host.Sysctls = Object.fromEntries(Object.entries(host.Sysctls).filter(([name]) => !names.includes(name)));
  return [
    `Migrated sysctl ${JSON.stringify(names.join(","))} to DriverOpts{"${sysctlOption}":${JSON.stringify(option)}}.`,
  ];
}

function networkMode({ HostConfig: host }: CreateContainerBody): string {
  return host?.NetworkMode || "default";
}

/**
 * The endpoint on the network that the container's mode names, made if there is none.
 * @param why begins the message
 * @throws InvalidArgument if there are others that may be meant (moby, epConfigForNetMode)
 */
function endpointOfMode(body: CreateContainerBody, version: ApiVersion, why: string): EndpointBody {
  const endpoints = body.NetworkingConfig?.EndpointsConfig ?? {};
  const mode = networkMode(body);
  // Before 1.44 there was one endpoint at most, and what it was called was of no account.
  const named = mode in endpoints || mode !== "default" ? mode : "bridge";
  const key = atLeast(version, "1.44") ? named : (Object.keys(endpoints)[0] ?? named);
  if (Object.keys(endpoints).length > 0 && !(key in endpoints)) {
    throw new InvalidArgument(
      `${why}: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks`,
    );
  }
  const endpoint = endpoints[key] ?? endpointSchema.parse({});
  body.NetworkingConfig = { EndpointsConfig: { ...endpoints, [key]: endpoint } };
  return endpoint;
}
