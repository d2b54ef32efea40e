import type { BuildCacheRecord } from "../../../engine/builder/builder.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import type { SharedServices } from "../services.ts";
import { pruneBuildParameters } from "../../unsupported/fields.ts";
import { refuseParameters } from "../../unsupported/refuse.ts";
import { Filters } from "../../translate/filters.ts";
import { isoTime, parseDuration } from "../../translate/time.ts";

/** `docker builder prune`. */
export function buildCacheRoutes(
  { builder }: Pick<TenantEngine, "builder">,
  { collector }: Pick<SharedServices, "collector">,
): Route[] {
  return [
    route("POST", "/build/prune", async ({ query }: Call) => {
      refuseParameters(query, pruneBuildParameters);
      const filters = Filters.parse(query, [
        "until",
        "id",
        "parent",
        "type",
        "description",
        "inuse",
        "shared",
        "private",
      ]);
      const unusedForMs = parseDuration(filters.get("until")[0] ?? "");
      const keepBytes = query.int("keep-storage") ?? query.int("reserved-space");
      const { ids, bytes } = await builder.cache.prune({
        all: query.bool("all"),
        ...(unusedForMs === undefined ? {} : { unusedForMs }),
        ...(keepBytes === undefined || keepBytes === 0 ? {} : { keepBytes }),
      });
      collector.schedule();
      return json({ CachesDeleted: ids.length === 0 ? null : ids, SpaceReclaimed: bytes });
    }),
  ];
}

/** Engine API, BuildCache. */
export function cacheRecordJson(record: BuildCacheRecord): object {
  return {
    ID: record.id,
    Type: record.type,
    Description: record.description,
    InUse: record.inUse,
    Shared: false,
    Size: record.bytes,
    CreatedAt: isoTime(record.createdAt),
    LastUsedAt: isoTime(record.lastUsedAt),
    UsageCount: record.usageCount,
  };
}
