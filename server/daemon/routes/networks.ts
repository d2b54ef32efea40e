import { z } from "zod";
import type { Network } from "../../engine/network/network-service.ts";
import { InvalidArgument, isEngineError } from "../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { readJson } from "../http/body.ts";
import { empty, json } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";
import { Filters, nameMatches } from "../translate/filters.ts";
import { endpointRequest } from "../translate/host-config.ts";
import { networkJson } from "../translate/network-json.ts";
import { endpointSchema } from "../translate/schemas.ts";
import { connectNetworkFields, createNetworkFields } from "../unsupported/fields.ts";
import { olderThan } from "../translate/until.ts";

type Needs = Pick<TenantEngine, "networks" | "containers" | "events">;

const predefined = new Set(["bridge", "host", "none"]);
const stringMap = z.record(z.string(), z.string()).nullish();

const createSchema = z.object({
  Name: z.string(),
  Driver: z.string().nullish(),
  Internal: z.boolean().nullish(),
  Attachable: z.boolean().nullish(),
  EnableIPv6: z.boolean().nullish(),
  Options: stringMap,
  Labels: stringMap,
  IPAM: z
    .object({
      Config: z
        .array(z.object({ Subnet: z.string().nullish(), Gateway: z.string().nullish(), IPRange: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});

const connectSchema = z.object({ Container: z.string(), EndpointConfig: endpointSchema.nullish() });
const disconnectSchema = z.object({ Container: z.string(), Force: z.boolean().nullish() });

export function networkRoutes(engine: Needs): Route[] {
  const { networks, containers } = engine;
  return [
    route("GET", "/networks", ({ query }) => {
      const filters = Filters.parse(query, ["dangling", "driver", "id", "label", "label!", "name", "scope", "type"]);
      const chosen = networks.list().filter((network) => fits(network, filters, engine));
      return json(chosen.map((network) => networkJson(network, [])));
    }),
    route("POST", "/networks/create", async (call) => json(await create(call, engine), 201)),
    route("POST", "/networks/prune", async (call) => json(await prune(call, engine))),
    route("GET", "/networks/{id}", ({ params }) => {
      const network = networks.get(params["id"] ?? "");
      return json(networkJson(network, membersOf(network, engine)));
    }),
    route("DELETE", "/networks/{id}", async ({ params }) => {
      await remove(networks.get(params["id"] ?? ""), engine);
      return empty();
    }),
    route("POST", "/networks/{id}/connect", async (call) => {
      const body = await readJson(call, connectSchema, connectNetworkFields);
      await containers.connect(body.Container, call.params["id"] ?? "", endpointRequest(body.EndpointConfig));
      return empty(200);
    }),
    route("POST", "/networks/{id}/disconnect", async (call) => {
      const body = await readJson(call, disconnectSchema);
      await containers.disconnect(body.Container, call.params["id"] ?? "", body.Force ?? false);
      return empty(200);
    }),
  ];
}

async function create(call: Call, engine: Needs): Promise<object> {
  const body = await readJson(call, createSchema, createNetworkFields);
  if (body.Name === "") {
    throw new InvalidArgument("network name must not be empty");
  }
  const network = await engine.networks.create({
    name: body.Name,
    ...(body.Driver ? { driver: body.Driver } : {}),
    internal: body.Internal ?? false,
    attachable: body.Attachable ?? false,
    enableIPv6: body.EnableIPv6 ?? false,
    options: body.Options ?? {},
    labels: body.Labels ?? {},
    ipam: (body.IPAM?.Config ?? []).map((pool) => ({
      ...(pool.Subnet ? { subnet: pool.Subnet } : {}),
      ...(pool.Gateway ? { gateway: pool.Gateway } : {}),
      ...(pool.IPRange ? { ipRange: pool.IPRange } : {}),
    })),
  });
  publish("create", network, engine);
  return { Id: network.id, Warning: "" };
}

async function remove(network: Network, engine: Needs): Promise<void> {
  await engine.networks.remove(network.id);
  publish("destroy", network, engine);
}

function publish(action: "create" | "destroy", network: Network, { events }: Needs): void {
  const attributes = { name: network.name, type: network.driver };
  events.publish({ type: "network", action, actor: { id: network.id, attributes } });
}

function membersOf(network: Network, { networks, containers }: Needs) {
  const byId = new Map(containers.list().map((container) => [container.id, container]));
  return networks.endpoints({ networkId: network.id }).flatMap((endpoint) => {
    const container = byId.get(endpoint.sandboxId);
    return container === undefined ? [] : [{ container, endpoint }];
  });
}

/** Networks that no container uses, running or not. */
function isDangling(network: Network, { containers }: Needs): boolean {
  return (
    !predefined.has(network.name) &&
    !containers.list().some(({ networks }) => network.name in networks || network.id in networks)
  );
}

function fits(network: Network, filters: Filters, engine: Needs): boolean {
  const dangling = filters.bool("dangling");
  return (
    (dangling === undefined || isDangling(network, engine) === dangling) &&
    filters.any("driver", (driver) => network.driver === driver) &&
    filters.any("id", (id) => network.id.startsWith(id)) &&
    filters.any("name", (name) => nameMatches(name, network.name)) &&
    filters.any("scope", (scope) => scope === "local") &&
    filters.any("type", (type) => (type === "builtin") === predefined.has(network.name)) &&
    filters.labels(network.labels)
  );
}

async function prune({ query }: Call, engine: Needs): Promise<object> {
  const filters = Filters.parse(query, ["until", "label", "label!"]);
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
  return { NetworksDeleted: removed.length === 0 ? null : removed };
}
