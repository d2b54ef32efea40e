import { InvalidArgument, Unknown } from "../../../engine/errdefs/errors.ts";
import type { EngineEvent } from "../../../engine/events/events.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { lines, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { eventJson } from "../../translate/event-json.ts";
import { Filters } from "../../translate/filters.ts";
import { parseTimestamp } from "../../translate/time.ts";

/** `docker events`. */
export function eventRoutes({ events }: Pick<TenantEngine, "events">): Route[] {
  return [route("GET", "/events", (call) => stream(call, { events }))];
}

function stream({ query, signal }: Call, { events }: Pick<TenantEngine, "events">): Reply {
  const filters = Filters.parse(query);
  // As dockerd: an end at 0 is none, but over.
  const isOver = query.string("until") === "0";
  const untilNano = isOver ? 0n : time(query.string("until"));
  const begin = query.string("since") === "0" || untilNano !== undefined ? 0n : undefined;
  // As dockerd: what has only an end begins with the first event that is remembered.
  const sinceNano = time(query.string("since")) ?? begin;
  if (sinceNano !== undefined && untilNano !== undefined && untilNano < sinceNano) {
    const [since, until] = ["since", "until"].map((name) => query.string(name) ?? "");
    throw new InvalidArgument(`\`since\` time (${since}) cannot be after \`until\` time (${until})`);
  }
  const source = events.subscribe({
    ...(sinceNano === undefined ? {} : { sinceNano }),
    ...(untilNano === undefined ? {} : { untilNano: isOver ? BigInt(Date.now() + 1) * 1_000_000n : untilNano }),
    signal,
  });
  return lines(
    async (write) => {
      for await (const event of source) {
        if (fits(event, filters)) {
          await write(eventJson(event));
        }
      }
    },
    { immediate: true, end: "\n" },
  );
}

/** A time; of an age the client makes one. @throws Unknown, as dockerd, which answers 500 */
function time(value: string | undefined): bigint | undefined {
  if (value === undefined || value === "0") {
    return undefined;
  }
  if (/^-\d{1,12}$/.test(value)) {
    return BigInt(value) * 1_000_000_000n;
  }
  try {
    return parseTimestamp(value);
  } catch (error) {
    const fraction = /^\d+\.(.*)$/.exec(value)?.[1];
    throw new Unknown(`strconv.ParseInt: parsing ${JSON.stringify(fraction ?? value)}: invalid syntax`, {
      cause: error,
    });
  }
}

function fits(event: EngineEvent, filters: Filters): boolean {
  const { actor, action, type } = event;
  // As dockerd: by the beginning of an id or a name, whatever kind of object has it (moby, daemon/events/filter.go).
  const named = (wanted: string) => actor.id.startsWith(wanted) || (actor.attributes["name"] ?? "").startsWith(wanted);
  return (
    filters.any("type", (wanted) => type === wanted) &&
    // `exec_create: sh` is found as `exec_create` too.
    filters.any("event", (wanted) => action === wanted || action.startsWith(`${wanted}:`)) &&
    filters.any("container", named) &&
    filters.any("image", (wanted) => imageFits(event, wanted)) &&
    filters.any("network", named) &&
    filters.any("volume", named) &&
    filters.any("daemon", named) &&
    filters.any("scope", (wanted) => wanted === "local") &&
    filters.labels(actor.attributes) &&
    !["config", "node", "plugin", "secret", "service"].some((kind) => filters.has(kind))
  );
}

function imageFits({ type, actor }: EngineEvent, wanted: string): boolean {
  const name = type === "container" ? actor.attributes["image"] : (actor.attributes["name"] ?? actor.id);
  const bare = (reference: string) => reference.replace(/:[^:/]*$/, "");
  return name !== undefined && (name === wanted || bare(name) === wanted || actor.id === wanted);
}
