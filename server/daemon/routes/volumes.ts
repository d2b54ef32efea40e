import { z } from "zod";
import { isEngineError } from "../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import type { Volume } from "../../engine/volumes/volume-service.ts";
import { atLeast } from "../http/api-version.ts";
import { readJson } from "../http/body.ts";
import { empty, json } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";
import { Filters, nameMatches } from "../translate/filters.ts";
import { createVolumeFields } from "../unsupported/fields.ts";
import { isoTime } from "../translate/time.ts";

type Needs = Pick<TenantEngine, "volumes">;

const stringMap = z.record(z.string(), z.string()).nullish();
const createSchema = z.object({
  Name: z.string().nullish(),
  Driver: z.string().nullish(),
  DriverOpts: stringMap,
  Labels: stringMap,
});

export function volumeRoutes({ volumes }: Needs): Route[] {
  return [
    route("GET", "/volumes", ({ query }) => {
      const filters = Filters.parse(query, ["dangling", "driver", "label", "label!", "name"]);
      const dangling = filters.bool("dangling");
      const chosen = volumes
        .list()
        .filter(
          (volume) =>
            (dangling === undefined || (volumes.users(volume.name).length === 0) === dangling) &&
            filters.any("driver", (driver) => volume.driver === driver) &&
            filters.any("name", (name) => nameMatches(name, volume.name)) &&
            filters.labels(volume.labels),
        );
      return json({ Volumes: chosen.map((volume) => volumeJson(volume)), Warnings: null });
    }),
    route("POST", "/volumes/create", async (call) => {
      const body = await readJson(call, createSchema, createVolumeFields);
      const volume = await volumes.create({
        ...(body.Name ? { name: body.Name } : {}),
        ...(body.Driver ? { driver: body.Driver } : {}),
        labels: body.Labels ?? {},
        options: body.DriverOpts ?? {},
      });
      return json(volumeJson(volume), 201);
    }),
    route("POST", "/volumes/prune", async (call) => json(await prune(call, { volumes }))),
    route("GET", "/volumes/{name}", ({ params }) => json(volumeJson(volumes.get(params["name"] ?? "")))),
    route("DELETE", "/volumes/{name}", async ({ params, query }) => {
      await volumes.remove(params["name"] ?? "", query.bool("force"));
      return empty();
    }),
  ];
}

/** Engine API, Volume. */
export function volumeJson(volume: Volume, usage?: { bytes: number; users: number }): object {
  return {
    CreatedAt: isoTime(volume.createdAt),
    Driver: volume.driver,
    Labels: volume.labels,
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: volume.options,
    Scope: "local",
    ...(usage === undefined ? {} : { UsageData: { RefCount: usage.users, Size: usage.bytes } }),
  };
}

/** Since API 1.42 only anonymous volumes, unless the filter `all` is set. */
async function prune({ query, version }: Call, { volumes }: Needs): Promise<object> {
  const filters = Filters.parse(query, ["all", "label", "label!"]);
  const named = filters.bool("all") ?? !atLeast(version, "1.42");
  const removed: string[] = [];
  let bytes = 0;
  for (const volume of volumes.list()) {
    const unused = volumes.users(volume.name).length === 0;
    if (!unused || !(named || volume.anonymous) || !filters.labels(volume.labels)) {
      continue;
    }
    try {
      const size = await volumes.usage(volume.name);
      await volumes.remove(volume.name, false);
      removed.push(volume.name);
      bytes += size;
    } catch (error) {
      // It came into use meanwhile.
      if (!isEngineError(error, "conflict", "not_found")) {
        throw error;
      }
    }
  }
  return { VolumesDeleted: removed.length === 0 ? null : removed, SpaceReclaimed: bytes };
}
