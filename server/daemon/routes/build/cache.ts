import type { BuildCacheRecord } from "../../../engine/builder/builder.ts";
import { InvalidArgument, isEngineError, Unknown } from "../../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import type { Query } from "../../http/query.ts";
import { json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import type { SharedServices } from "../services.ts";
import { pruneBuildParameters } from "../../unsupported/fields.ts";
import { refuseParameters } from "../../unsupported/refuse.ts";
import { Filters } from "../../translate/filters.ts";
import { goNumberError } from "../../translate/go-errors.ts";
import { isoTime, parseDuration } from "../../translate/time.ts";

/** `docker builder prune`. */
export function buildCacheRoutes(
  { builder }: Pick<TenantEngine, "builder">,
  { collector }: Pick<SharedServices, "collector">,
): Route[] {
  return [
    route("POST", "/build/prune", async ({ query }: Call) => {
      refuseParameters(query, pruneBuildParameters);
      const filters = parseFilters(query);
      const unusedForMs = unusedFor(filters);
      const keepBytes = bytesOf(query, "keep-storage") ?? bytesOf(query, "reserved-space");
      const { ids, bytes } = await builder.cache.prune({
        all: query.bool("all"),
        matches: matching(filters),
        ...(unusedForMs === undefined ? {} : { unusedForMs }),
        ...(keepBytes === undefined || keepBytes === 0 ? {} : { keepBytes }),
      });
      collector.schedule();
      return json({ CachesDeleted: ids.length === 0 ? null : ids, SpaceReclaimed: bytes });
    }),
  ];
}

const filterNames = ["until", "id", "parent", "type", "description", "inuse", "shared", "private", "label", "label!"];

/** @throws InvalidArgument, Unknown in dockerd's words */
function parseFilters(query: Query): Filters {
  try {
    return Filters.parse(query, filterNames);
  } catch (error) {
    if (isEngineError(error, "unknown")) {
      throw new Unknown(`could not parse filters: ${error.message}`, { cause: error });
    }
    throw isEngineError(error, "invalid_argument")
      ? new InvalidArgument(`failed to prune build cache: ${error.message}`, { cause: error })
      : error;
  }
}

/** The filter `until`, in ms. @throws Unknown as dockerd does */
function unusedFor(filters: Filters): number | undefined {
  const [until] = filters.get("until");
  if (until === undefined) {
    return undefined;
  }
  const ms = parseDuration(until);
  if (ms === undefined) {
    const why = `"until" filter expects a duration (e.g., '24h'): time: invalid duration ${JSON.stringify(until)}`;
    throw new Unknown(`failed to prune build cache: ${why}`);
  }
  return ms;
}

/** What `--filter` picks out. @throws InvalidArgument: several values of one name, as dockerd says it */
function matching(filters: Filters): (record: BuildCacheRecord) => boolean {
  const wanted = Object.entries(readers).flatMap(([name, read]) => {
    const values = filters.get(name);
    if (values.length > 1) {
      throw new InvalidArgument("failed to prune build cache: filters expect only one value");
    }
    return values.map((value) => (record: BuildCacheRecord) => read(record, value));
  });
  return (record) => wanted.every((holds) => holds(record));
}

/** `inuse=true`; a name alone is true, too. */
const truth = (holds: boolean, value: string): boolean => holds === !["false", "0"].includes(value);

const readers: Record<string, (record: BuildCacheRecord, value: string) => boolean> = {
  id: ({ id }, value) => id.includes(value),
  parent: ({ parents }, value) => parents.some((id) => id.includes(value)),
  type: ({ type }, value) => type === value,
  description: ({ description }, value) => description === value,
  inuse: ({ inUse }, value) => truth(inUse, value),
  shared: ({ shared }, value) => truth(shared, value),
  private: ({ shared }, value) => truth(!shared, value),
};

function bytesOf(query: Query, name: string): number | undefined {
  const text = query.string(name);
  if (text !== undefined && !/^[+-]?\d{1,16}$/.test(text)) {
    throw new Unknown(`${name} is in bytes and expects an integer, got ${text}: ${goNumberError(text, "Atoi")}`);
  }
  return query.int(name);
}

/** Engine API, BuildCache. */
export function cacheRecordJson(record: BuildCacheRecord): object {
  return {
    ID: record.id,
    ...(record.parents.length === 0 ? {} : { Parents: record.parents }),
    Type: record.type,
    Description: record.description,
    InUse: record.inUse,
    Shared: record.shared,
    Size: record.bytes,
    CreatedAt: isoTime(record.createdAt),
    LastUsedAt: isoTime(record.lastUsedAt),
    UsageCount: record.usageCount,
  };
}
