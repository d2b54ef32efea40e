import type { BuildSummary } from "#contract/extension-api.ts";
import { clock, duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";

/** A build among others: when it was, what it began from, how it ended, and where it failed or what it did anew. */
export function describeBuild(build: BuildSummary): { label: string; detail: string } {
  const { startedAt, finishedAt, base, tags, status } = build;
  const what = base === undefined ? (tags[0] ?? build.id.slice(0, 12)) : messages.build.from({ base });
  const time = finishedAt === undefined ? undefined : duration(finishedAt - startedAt);
  const detail = [messages.build[status], time, whatOf(build)].filter((part) => part !== undefined);
  return { label: `${clock(startedAt)} · ${what}`, detail: detail.join(" · ") };
}

function whatOf({ status, base, telling: instruction }: BuildSummary): string | undefined {
  if (instruction === undefined)
    return status === "completed" && base !== undefined ? messages.build.allCached : undefined;
  return (status === "failed" ? messages.build.failedAt : messages.build.anewFrom)({ instruction });
}
