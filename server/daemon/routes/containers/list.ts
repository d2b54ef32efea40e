import type { Container } from "../../../engine/containers/container.ts";
import { InvalidArgument } from "../../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { containerFilterNames, impliesAll, selectContainers } from "../../translate/container-filters.ts";
import { containerJson } from "../../translate/container-json.ts";
import { containerSummary } from "../../translate/container-summary.ts";
import { Filters } from "../../translate/filters.ts";
import type { SharedServices } from "../services.ts";
import { imageNameOf, linksOf, networksOf, sizesOf } from "./surroundings.ts";

type Needs = Pick<TenantEngine, "containers" | "images" | "networks">;

/** `docker ps` and `docker inspect`. */
export function containerListRoutes(engine: Needs, shared: SharedServices): Route[] {
  return [
    route("GET", "/containers/json", async (call) => json(await list(call, engine, shared))),
    route("GET", "/containers/{id*}/json", async ({ params, query, version }) => {
      const container = engine.containers.get(params["id"] ?? "");
      return json(
        containerJson(container, {
          networks: networksOf(container, engine.networks),
          logPath: shared.logPath(container),
          driver: shared.host.storageDriver,
          appArmor: shared.host.limits.appArmor,
          sizes: query.bool("size") ? await sizesOf(container, engine, shared) : undefined,
          version,
          links: linksOf(container, (id) => nameOf(engine, id)),
        }),
      );
    }),
  ];
}

async function list({ query, version }: Call, engine: Needs, shared: SharedServices): Promise<object[]> {
  const filters = Filters.parse(query, containerFilterNames);
  const limit = query.int("limit") ?? 0;
  const all = query.bool("all") || limit > 0 || impliesAll(filters);
  const selected = selectContainers(engine.containers.list(), filters, {
    find: (name) => engine.containers.get(name),
    descendants: (image) => descendants(image, engine),
    networks: (container) =>
      new Set(networksOf(container, engine.networks).flatMap(({ network }) => [network.name, network.id])),
  })
    .filter((container) => all || container.pid !== 0 || container.status === "restarting")
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .slice(0, limit > 0 ? limit : undefined);
  const aliases = aliasesOf(engine.containers.list());
  const now = Date.now();
  const withSizes = query.bool("size");
  return Promise.all(
    selected.map(async (container) =>
      containerSummary(
        container,
        {
          aliases: aliases.get(container.id) ?? [],
          imageName: imageNameOf(container, engine),
          networks: networksOf(container, engine.networks),
          sizes: withSizes ? await sizesOf(container, engine, shared) : undefined,
          version,
        },
        now,
      ),
    ),
  );
}

/** What containers are called in others that link to them: id → `/other/alias`. */
function aliasesOf(containers: readonly Container[]): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const { name, host } of containers) {
    for (const { id, alias } of host.linked ?? []) {
      aliases.set(id, [...(aliases.get(id) ?? []), `/${name}/${alias}`]);
    }
  }
  return aliases;
}

/** The name of a container, if there is one. */
function nameOf({ containers }: Pick<Needs, "containers">, id: string): string | undefined {
  return containers.list().find((container) => container.id === id)?.name;
}

function descendants(image: string, engine: Pick<Needs, "images">): ReadonlySet<string> {
  const root = found(image, engine);
  if (root === undefined) {
    return new Set();
  }
  const result = new Set<string>([root.id]);
  const others = engine.images.list();
  let grown = true;
  while (grown) {
    const more = others.filter(({ id, parent }) => !result.has(id) && parent !== undefined && result.has(parent));
    more.forEach(({ id }) => result.add(id));
    grown = more.length > 0;
  }
  return result;
}

/** What cannot be a name is none. */
function found(image: string, engine: Pick<Needs, "images">): ReturnType<Needs["images"]["find"]> {
  try {
    return engine.images.find(image);
  } catch (error) {
    if (error instanceof InvalidArgument) return undefined;
    throw error;
  }
}
