import { z } from "zod";
import { isPredefined } from "../../engine/network/predefined.ts";
import type { Network } from "../../engine/network/network-service.ts";
import { Conflict, InvalidArgument, isEngineError, NotFound, Unknown } from "../../engine/errdefs/errors.ts";
import { invalidIpam } from "../../engine/network/invalid-ipam.ts";
import type { WantedPool } from "../../engine/network/ipam.ts";
import { joinedErrors } from "../../engine/network/joined-errors.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { readJson, recordLimit } from "../http/body.ts";
import { empty, json } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";
import { Filters, nameMatches } from "../translate/filters.ts";
import { endpointRequest } from "../translate/host-config.ts";
import { checkEndpoint } from "../translate/check-endpoint.ts";
import { driverName, networkJson } from "../translate/network-json.ts";
import { endpointSchema } from "../translate/schemas.ts";
import { olderThan } from "../translate/until.ts";

type Needs = Pick<TenantEngine, "networks" | "containers" | "events">;

const stringMap = z.record(z.string(), z.string()).nullish();

const poolSchema = z.object({
  Subnet: z.string().nullish(),
  Gateway: z.string().nullish(),
  IPRange: z.string().nullish(),
  AuxiliaryAddresses: stringMap,
});

const createSchema = z.object({
  Name: z.string().default(""),
  CheckDuplicate: z.boolean().nullish(),
  Driver: z.string().nullish(),
  Scope: z.string().nullish(),
  Internal: z.boolean().nullish(),
  Attachable: z.boolean().nullish(),
  Ingress: z.boolean().nullish(),
  ConfigOnly: z.boolean().nullish(),
  ConfigFrom: z.object({ Network: z.string().nullish() }).nullish(),
  EnableIPv4: z.boolean().nullish(),
  EnableIPv6: z.boolean().nullish(),
  Options: stringMap,
  Labels: stringMap,
  IPAM: z.object({ Driver: z.string().nullish(), Options: stringMap, Config: z.array(poolSchema).nullish() }).nullish(),
});

const connectSchema = z.object({ Container: z.string().default(""), EndpointConfig: endpointSchema.nullish() });
const disconnectSchema = z.object({ Container: z.string().default(""), Force: z.boolean().nullish() });

const noBody = "got EOF while reading request body";
const goCreate = {
  type: "types.NetworkCreateRequest",
  empty: noBody,
  fields: { IPAM: "network.IPAM", "IPAM.Config": "network.IPAMConfig", ConfigFrom: "network.ConfigReference" },
};
const endpointFields = {
  EndpointConfig: "network.EndpointSettings",
  "EndpointConfig.IPAMConfig": "network.EndpointIPAMConfig",
};
const goConnect = { type: "types.NetworkConnect", empty: noBody, fields: endpointFields };
const goDisconnect = { type: "types.NetworkDisconnect", empty: noBody };

export function networkRoutes(engine: Needs): Route[] {
  const { networks, containers } = engine;
  return [
    route("GET", "/networks", (call) => json(list(call, engine))),
    route("GET", "/networks/", (call) => json(list(call, engine))),
    route("POST", "/networks/create", async (call) => json(await create(call, engine), 201)),
    route("POST", "/networks/prune", async (call) => json(await prune(call, engine))),
    route("GET", "/networks/{id*}", ({ params, query, version }) => {
      const verbose = query.string("verbose") ?? "false";
      if (!/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(verbose)) {
        const why = `strconv.ParseBool: parsing ${JSON.stringify(verbose)}: invalid syntax`;
        throw new InvalidArgument(`invalid value for verbose: ${verbose}: ${why}`);
      }
      const scope = query.string("scope") ?? "local";
      const id = params["id"] ?? "";
      if (scope !== "local") {
        throw new NotFound(`network ${id} not found`);
      }
      const network = networks.get(id);
      return json(networkJson(network, membersOf(network, engine), version));
    }),
    route("DELETE", "/networks/{id*}", async ({ params }) => {
      await remove(networks.get(params["id"] ?? ""), engine);
      return empty();
    }),
    route("POST", "/networks/{id*}/connect", async (call) => {
      const body = await readJson(call, connectSchema, [], goConnect);
      checkContainerName(body.Container);
      const request = endpointRequest(body.EndpointConfig);
      if (atLeast(call.version, "1.44")) checkEndpoint(networks, call.params["id"] ?? "", request);
      await containers.connect(body.Container, call.params["id"] ?? "", request);
      return empty(200);
    }),
    route("POST", "/networks/{id*}/disconnect", async (call) => {
      const body = await readJson(call, disconnectSchema, [], goDisconnect);
      const network = call.params["id"] ?? "";
      if (body.Force !== true) {
        checkContainerName(body.Container);
      } else if (!isContainer(body.Container, containers)) {
        networks.get(network); // who is missing is looked for among its endpoints
        throw body.Container === ""
          ? new Unknown("invalid name: ")
          : new NotFound(`endpoint ${body.Container} not found`);
      }
      await containers.disconnect(body.Container, network, body.Force ?? false);
      return empty(200);
    }),
  ];
}

function list({ query, version }: Call, engine: Needs): object[] {
  const filters = parseFilters(query, ["dangling", "driver", "id", "label", "name", "scope", "type"]);
  checkFilterValues(filters);
  // Before 1.28 a list had all that inspect shows.
  const members = (network: Network) => (atLeast(version, "1.28") ? [] : membersOf(network, engine));
  return engine.networks
    .list()
    .filter((network) => fits(network, filters, engine))
    .map((network) => networkJson(network, members(network), version));
}

function isContainer(nameOrId: string, containers: Needs["containers"]): boolean {
  const fits = ({ id, name }: { id: string; name: string }) => nameOrId === name || id.startsWith(nameOrId);
  return nameOrId !== "" && containers.list().some(fits);
}

function checkContainerName(name: string): void {
  if (name === "") {
    throw new InvalidArgument('invalid name or ID supplied: ""');
  }
}

async function create(call: Call, engine: Needs): Promise<object> {
  const body = await readJson(call, createSchema, [], goCreate, recordLimit);
  if (body.Name === "" && body.CheckDuplicate === true) {
    throw new Conflict("network with name  already exists"); // an empty name is the prefix of every id
  }
  const ipam = (body.IPAM?.Config ?? []).map(wantedPool);
  const families = familiesOf(body, call.version);
  const wrong = atLeast(call.version, "1.44") ? invalidIpam(ipam, families.enableIPv6) : [];
  if (wrong.length > 0) {
    throw new InvalidArgument(`invalid network config:\n${joinedErrors(wrong)}`);
  }
  const network = await engine.networks.create({
    name: body.Name,
    ...(body.Driver ? { driver: body.Driver } : {}),
    scope: body.Scope ?? "",
    internal: body.Internal ?? false,
    attachable: body.Attachable ?? false,
    ingress: body.Ingress ?? false,
    ...families,
    configOnly: body.ConfigOnly ?? false,
    ...(body.ConfigFrom?.Network ? { configFrom: body.ConfigFrom.Network } : {}),
    options: body.Options ?? {},
    labels: body.Labels ?? {},
    ipamDriver: body.IPAM?.Driver ?? "",
    ipamOptions: body.IPAM?.Options ?? null,
    ipam,
  });
  publish("create", network, engine);
  return { Id: network.id, Warning: "" };
}

/**
 * Which addresses it has: by the fields, else by driver options of these names; before API 1.48 a client means neither the
 * options nor the field for IPv4. @throws InvalidArgument in dockerd's words
 */
function familiesOf(
  { EnableIPv4: ipv4, EnableIPv6: ipv6, Options: options }: z.output<typeof createSchema>,
  version: ApiVersion,
): { enableIPv4: boolean; enableIPv6: boolean } {
  if (!atLeast(version, "1.48")) {
    return { enableIPv4: true, enableIPv6: ipv6 ?? false };
  }
  const option = (name: string) => {
    const text = options?.[name];
    if (text !== undefined && !/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(text)) {
      throw new InvalidArgument(`driver-opt "${name}" is not a valid bool`);
    }
    return text === undefined ? undefined : /^[1tT]/.test(text);
  };
  return {
    enableIPv4: ipv4 ?? option("com.docker.network.enable_ipv4") ?? true,
    enableIPv6: ipv6 ?? option("com.docker.network.enable_ipv6") ?? false,
  };
}

function wantedPool(pool: z.output<typeof poolSchema>): WantedPool {
  const auxiliary = pool.AuxiliaryAddresses ?? {};
  return {
    ...(pool.Subnet ? { subnet: pool.Subnet } : {}),
    ...(pool.Gateway ? { gateway: pool.Gateway } : {}),
    ...(pool.IPRange ? { ipRange: pool.IPRange } : {}),
    ...(Object.keys(auxiliary).length > 0 ? { auxiliary } : {}),
  };
}

async function remove(network: Network, engine: Needs): Promise<void> {
  await engine.networks.remove(network.id);
  publish("destroy", network, engine);
}

function publish(action: "create" | "destroy", network: Network, { events }: Needs): void {
  const attributes = { name: network.name, type: driverName(network) };
  events.publish({ type: "network", action, actor: { id: network.id, attributes } });
}

function membersOf(network: Network, { networks, containers }: Needs) {
  const byId = new Map(containers.list().map((container) => [container.id, container]));
  return networks.endpoints({ networkId: network.id }).flatMap((endpoint) => {
    const container = byId.get(endpoint.sandboxId);
    return container === undefined ? [] : [{ container, endpoint }];
  });
}

/** Networks that no running container is on. */
function isDangling(network: Network, { networks }: Needs): boolean {
  return !isPredefined(network.name) && networks.endpoints({ networkId: network.id }).length === 0;
}

/** dockerd writes the names of these with a capital. @throws InvalidArgument */
function parseFilters(query: Call["query"], known: readonly string[]): Filters {
  try {
    return Filters.parse(query, known);
  } catch (error) {
    if (isEngineError(error, "invalid_argument") && error.message.startsWith("invalid filter '")) {
      throw new InvalidArgument(error.message.replace("invalid", "Invalid"), { cause: error });
    }
    throw error;
  }
}

/** @throws Unknown in dockerd's words for values that the filters do not have */
function checkFilterValues(filters: Filters): void {
  const type = filters.get("type").find((value) => value !== "builtin" && value !== "custom");
  if (type !== undefined) {
    throw new Unknown(`invalid filter: 'type'='${type}'`);
  }
  if (filters.get("dangling").length > 1) {
    throw new InvalidArgument('got more than one value for filter key "dangling"');
  }
  if (filters.get("dangling").some((value) => !["0", "1", "true", "false"].includes(value.toLowerCase()))) {
    throw new InvalidArgument(`invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`);
  }
}

function fits(network: Network, filters: Filters, engine: Needs): boolean {
  const dangling = filters.bool("dangling");
  return (
    (dangling === undefined || isDangling(network, engine) === dangling) &&
    filters.any("driver", (driver) => driverName(network) === driver) &&
    filters.any("id", (id) => network.id.startsWith(id)) &&
    filters.any("name", (name) => nameMatches(name, network.name)) &&
    filters.any("scope", (scope) => scope === "local") &&
    filters.any("type", (type) => (type === "builtin") === isPredefined(network.name)) &&
    filters.labels(network.labels)
  );
}

async function prune({ query }: Call, engine: Needs): Promise<object> {
  const filters = parseFilters(query, ["until", "label", "label!"]);
  const isOld = olderThan(filters);
  const removed: string[] = [];
  for (const network of engine.networks.list()) {
    if (!isDangling(network, engine) || !isOld(network.createdAt) || !filters.labels(network.labels)) {
      continue;
    }
    try {
      await remove(network, engine);
      removed.push(network.name);
    } catch (error) {
      // It came into use meanwhile.
      if (!isEngineError(error, "failed_precondition", "permission_denied", "not_found", "conflict")) {
        throw error;
      }
    }
  }
  engine.events.publish({ type: "network", action: "prune", actor: { id: "", attributes: { reclaimed: "0" } } });
  return { NetworksDeleted: removed.length === 0 ? null : removed };
}
