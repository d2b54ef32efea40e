import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { containerFilterNames, impliesAll, selectContainers } from "../../translate/container-filters.ts";
import { containerJson, shortImageId } from "../../translate/container-json.ts";
import { containerSummary } from "../../translate/container-summary.ts";
import { Filters } from "../../translate/filters.ts";
import type { SharedServices } from "../services.ts";
import { networksOf, sizesOf } from "./surroundings.ts";

type Needs = Pick<TenantEngine, "containers" | "images" | "networks">;

/** `docker ps` and `docker inspect`. */
export function containerListRoutes(engine: Needs, shared: SharedServices): Route[] {
  return [
    route("GET", "/containers/json", async (call) => json(await list(call, engine, shared))),
    route("GET", "/containers/{id}/json", async ({ params, query, version }) => {
      const container = engine.containers.get(params["id"] ?? "");
      return json(
        containerJson(container, {
          networks: networksOf(container, engine.networks),
          logPath: shared.logPath(container),
          sizes: query.bool("size") ? await sizesOf(container, engine, shared) : undefined,
          version,
        }),
      );
    }),
  ];
}

async function list({ query }: Call, engine: Needs, shared: SharedServices): Promise<object[]> {
  const filters = Filters.parse(query, containerFilterNames);
  const limit = query.int("limit") ?? 0;
  const all = query.bool("all") || limit > 0 || impliesAll(filters);
  const selected = selectContainers(engine.containers.list(), filters, {
    find: (name) => engine.containers.get(name),
    descendants: (image) => descendants(image, engine),
    networks: (container) =>
      new Set(networksOf(container, engine.networks).flatMap(({ network }) => [network.name, network.id])),
  })
    .filter((container) => all || container.pid !== 0)
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .slice(0, limit > 0 ? limit : undefined);
  const now = Date.now();
  const withSizes = query.bool("size");
  return Promise.all(
    selected.map(async (container) =>
      containerSummary(
        container,
        {
          imageName: currentName(container.config.image, container.imageId, engine) ?? shortImageId(container),
          networks: networksOf(container, engine.networks),
          sizes: withSizes ? await sizesOf(container, engine, shared) : undefined,
        },
        now,
      ),
    ),
  );
}

/** The name the container was made from, if it still means that image. */
function currentName(name: string, imageId: string, engine: Pick<Needs, "images">): string | undefined {
  return engine.images.find(name)?.id === imageId ? name : undefined;
}

function descendants(image: string, engine: Pick<Needs, "images">): ReadonlySet<string> {
  const root = engine.images.find(image);
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
