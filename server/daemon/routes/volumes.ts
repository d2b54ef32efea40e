import { z } from "zod";
import { InvalidArgument, isEngineError, Unavailable } from "../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import type { Volume } from "../../engine/volumes/volume-service.ts";
import { atLeast } from "../http/api-version.ts";
import { readJson, recordLimit } from "../http/body.ts";
import { empty, json } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";
import { Filters, nameMatches } from "../translate/filters.ts";
import { createVolumeFields } from "../unsupported/fields.ts";

type Needs = Pick<TenantEngine, "volumes" | "events">;

const stringMap = z.record(z.string(), z.string()).nullish();
const createSchema = z.object({
  Name: z.string().nullish(),
  Driver: z.string().nullish(),
  DriverOpts: stringMap,
  Labels: stringMap,
});

const goCreate = { type: "volume.VolumeCreateBody", empty: "got EOF while reading request body" };

export function volumeRoutes({ volumes, events }: Needs): Route[] {
  return [
    route("GET", "/volumes", async ({ query }) => {
      const filters = listFilters(query);
      const dangling = danglingOf(filters);
      const { volumes: all, warnings } = await volumes.listAll();
      const chosen = all.filter(
        (volume) =>
          (dangling === undefined || (volumes.users(volume.name).length === 0) === dangling) &&
          filters.any("driver", (driver) => volume.driver === driver) &&
          filters.any("name", (name) => nameMatches(name, volume.name)) &&
          filters.labels(volume.labels),
      );
      return json({
        Volumes: chosen.map((volume) => volumeJson(volume)),
        Warnings: warnings.length === 0 ? null : warnings,
      });
    }),
    route("POST", "/volumes/create", async (call) => {
      const body = await readJson(call, createSchema, createVolumeFields, goCreate, recordLimit);
      const volume = await volumes.create({
        ...(body.Name ? { name: body.Name } : {}),
        ...(body.Driver ? { driver: body.Driver } : {}),
        ...(body.Labels ? { labels: body.Labels } : {}),
        ...(body.DriverOpts ? { options: body.DriverOpts } : {}),
      });
      return json(volumeJson(volume), 201);
    }),
    route("POST", "/volumes/prune", async (call) => json(await prune(call, { volumes, events }))),
    route("GET", "/volumes/{name*}", async ({ params }) =>
      json(volumeJson(await volumes.inspect(params["name"] ?? ""))),
    ),
    route("DELETE", "/volumes/{name*}", async ({ params, query }) => {
      await volumes.remove(params["name"] ?? "", query.bool("force"));
      return empty();
    }),
    route("PUT", "/volumes/{name*}", refuseUpdate, { since: "1.42" }),
  ];
}

function refuseUpdate(): never {
  throw new Unavailable("volume update only valid for cluster volumes, but swarm is unavailable");
}

/** Here dockerd takes what is no JSON for the client's mistake. @throws InvalidArgument */
function listFilters(query: Call["query"]): Filters {
  try {
    return parseFilters(query, ["dangling", "driver", "label", "name"]);
  } catch (error) {
    throw isEngineError(error, "unknown")
      ? new InvalidArgument(`error reading volume filters: ${error.message}`, { cause: error })
      : error;
  }
}

/** dockerd writes these with a capital. @throws InvalidArgument */
function parseFilters(query: Call["query"], known: readonly string[]): Filters {
  try {
    return Filters.parse(query, known);
  } catch (error) {
    throw capitalised(error);
  }
}

function danglingOf(filters: Filters): boolean | undefined {
  try {
    return filters.bool("dangling");
  } catch (error) {
    throw capitalised(error);
  }
}

function capitalised(error: unknown): unknown {
  return isEngineError(error, "invalid_argument") && error.message.startsWith("invalid filter '")
    ? new InvalidArgument(error.message.replace("invalid", "Invalid"), { cause: error })
    : error;
}

/** Engine API, Volume. */
export function volumeJson(volume: Volume, usage?: { bytes: number; users: number }): object {
  return {
    CreatedAt: new Date(volume.createdAt).toISOString().replace(/\.\d+Z$/, "Z"),
    Driver: volume.driver,
    Labels: volume.given?.labels === false ? null : sorted(volume.labels),
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: volume.given?.options === false ? null : sorted(volume.options),
    Scope: volume.scope ?? "local",
    ...(volume.status === undefined ? {} : { Status: volume.status }),
    ...(usage === undefined ? {} : { UsageData: { RefCount: usage.users, Size: usage.bytes } }),
  };
}

/** Go writes maps in the order of their keys. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Since API 1.42 only anonymous volumes, unless the filter `all` is set. Never those that are mounted from elsewhere: what
 * is in them is not the engine's.
 */
async function prune({ query, version }: Call, { volumes, events }: Needs): Promise<object> {
  const filters = parseFilters(query, ["all", "label", "label!"]);
  const all = filters.get("all");
  if (all.length > 1) {
    throw new InvalidArgument(`invalid filter 'all=[${all.join(" ")}]': only one value is expected`);
  }
  const named = filters.bool("all") ?? !atLeast(version, "1.42");
  const removed: string[] = [];
  let bytes = 0;
  for (const { name, driver, options, anonymous, labels } of volumes.list()) {
    const unused = volumes.users(name).length === 0;
    const own = driver === "local" && Object.keys(options).length === 0;
    if (!unused || !own || !(named || anonymous) || !filters.labels(labels)) {
      continue;
    }
    try {
      bytes += await volumes.prune(name);
      removed.push(name);
    } catch (error) {
      // It came into use meanwhile.
      if (!isEngineError(error, "conflict", "not_found")) {
        throw error;
      }
    }
  }
  events.publish({ type: "volume", action: "prune", actor: { id: "", attributes: { reclaimed: String(bytes) } } });
  return { VolumesDeleted: removed, SpaceReclaimed: bytes };
}
