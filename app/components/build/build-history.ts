import type { BuildSummary } from "#contract/extension-api.ts";
import { clock, duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";

/** A build among others: when it was, what it began from, how it ended, and the first thing that it did anew. */
export function describeBuild(build: BuildSummary): { label: string; detail: string } {
  const { startedAt, finishedAt, base, tags, status, firstRun } = build;
  const what = base === undefined ? (tags[0] ?? build.id.slice(0, 12)) : messages.build.from({ base });
  const time = finishedAt === undefined ? undefined : duration(finishedAt - startedAt);
  const anew = firstRun ?? (status === "completed" && base !== undefined ? messages.build.allCached : undefined);
  const detail = [messages.build[status], time, anew].filter((part) => part !== undefined);
  return { label: `${clock(startedAt)} · ${what}`, detail: detail.join(" · ") };
}
