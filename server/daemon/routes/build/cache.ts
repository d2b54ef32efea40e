import type { BuildCacheRecord } from "../../../engine/builder/cache/cache-admin.ts";
import { parseDuration } from "../../../engine/builder/dockerfile/duration.ts";
import { InvalidArgument, isEngineError, Unknown } from "../../../engine/errdefs/errors.ts";
import { diskSpace } from "../../../engine/mount/disk-space.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { type ApiVersion, atLeast } from "../../http/api-version.ts";
import type { Query } from "../../http/query.ts";
import { json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import type { SharedServices } from "../services.ts";
import { Filters } from "../../translate/filters.ts";
import { goNumberError } from "../../translate/go-errors.ts";
import { isoTime } from "../../translate/time.ts";

/** `docker builder prune`. */
export function buildCacheRoutes(
  { builder, events }: Pick<TenantEngine, "builder" | "events">,
  { collector, host }: Pick<SharedServices, "collector" | "host">,
): Route[] {
  return [
    route("POST", "/build/prune", async ({ query, version }: Call) => {
      const filters = parseFilters(query);
      const unusedForMs = unusedFor(filters);
      const keepBytes = await bytesToKeep(pruneLimits(query, version), builder, host.dataRoot);
      const { ids, bytes } = await builder.cache.prune({
        all: query.bool("all"),
        matches: matching(filters),
        ...(unusedForMs === undefined ? {} : { unusedForMs }),
        ...(keepBytes === undefined ? {} : { keepBytes }),
      });
      collector.schedule();
      const attributes = { reclaimed: String(bytes) };
      events.publish({ type: "builder", action: "prune", actor: { id: "", attributes } });
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

/** The filter `until`, in ms. @throws InvalidArgument, Unknown as dockerd does */
function unusedFor(filters: Filters): number | undefined {
  const [until, ...others] = filters.get("until");
  if (until === undefined) {
    return undefined;
  }
  if (others.length > 0) {
    throw new InvalidArgument("failed to prune build cache: filters expect only one value");
  }
  const nano = parseDuration(until);
  if (typeof nano !== "number") {
    throw new Unknown(`failed to prune build cache: "until" filter expects a duration (e.g., '24h'): ${nano.wrong}`);
  }
  return nano / 1e6;
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

/** How much of the cache is to stay, in bytes; 0: it is not limited by this. */
export interface PruneLimits {
  reserved: number;
  maxUsed: number;
  minFree: number;
}

/** Until 1.48 there was one, by another name. @throws Unknown for that one, InvalidArgument */
function pruneLimits(query: Query, version: ApiVersion): PruneLimits {
  const bytes = (name: string) => bytesOf(query, name) ?? 0;
  return atLeast(version, "1.48")
    ? {
        reserved: bytes("reserved-space") || bytes("keep-storage"),
        maxUsed: bytes("max-used-space"),
        minFree: bytes("min-free-space"),
      }
    : { reserved: bytes("keep-storage"), maxUsed: 0, minFree: 0 };
}

async function bytesToKeep(
  limits: PruneLimits,
  { cache }: TenantEngine["builder"],
  dataRoot: string,
): Promise<number | undefined> {
  const used = (await cache.list()).reduce((sum, { shared, bytes }) => sum + (shared ? 0 : bytes), 0);
  return keptBytes(limits, { used, free: limits.minFree === 0 ? 0 : diskSpace(dataRoot).free });
}

/** Undefined: nothing has to stay (moby/buildkit, cache/manager.go, calculateKeepBytes). */
export function keptBytes(
  { reserved, maxUsed, minFree }: PruneLimits,
  { used, free }: { used: number; free: number },
): number | undefined {
  if (reserved === 0 && maxUsed === 0 && minFree === 0) {
    return undefined;
  }
  const isTight = free < minFree;
  const fitting = isTight ? used - (minFree - free) : used;
  const most = maxUsed === 0 ? (minFree === 0 ? 0 : fitting) : isTight ? Math.min(maxUsed, fitting) : maxUsed;
  return Math.max(most, reserved);
}

function bytesOf(query: Query, name: string): number | undefined {
  const text = query.string(name);
  if (text !== undefined && !/^[+-]?\d{1,16}$/.test(text)) {
    const why = `${name} is in bytes and expects an integer, got ${text}: ${goNumberError(text, "Atoi")}`;
    throw name === "keep-storage" ? new Unknown(why) : new InvalidArgument(why);
  }
  return query.int(name);
}

/** Engine API, BuildCache. Before 1.42 a record had one parent. */
export function cacheRecordJson(record: BuildCacheRecord, version: ApiVersion): object {
  const { parents } = record;
  return {
    ID: record.id,
    ...(parents.length === 0 ? {} : atLeast(version, "1.42") ? { Parents: parents } : { Parent: parents[0] }),
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
