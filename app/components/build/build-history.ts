import type { BuildSummary } from "#contract/extension-api.ts";
import { say } from "../../lib/engine-text.ts";
import { clock, duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";

/** A build among others: when it was, what it made of what, how it ended, and where it failed or what it did anew. */
export function describeBuild(build: BuildSummary): { label: string; detail: string } {
  const { startedAt, finishedAt, contextPath, base, tags, target, status, byHand } = build;
  const [name = (contextPath ?? "") || build.id.slice(0, 12)] = tags;
  const label = [
    clock(startedAt),
    name.replace(/:latest$/, ""),
    target && messages.build.upTo({ target }),
    base && messages.build.from({ base }),
  ];
  const time = finishedAt === undefined ? undefined : duration(finishedAt - startedAt);
  const how = status === "completed" && byHand === true ? messages.build.byHand.completed : messages.build[status];
  const detail = [how, time, whatOf(build)].filter((part) => part !== undefined);
  return { label: label.filter((part) => part).join(" · "), detail: detail.join(" · ") };
}

function whatOf({ status, base, error, telling: instruction }: BuildSummary): string | undefined {
  if (instruction !== undefined) {
    return (status === "failed" ? messages.build.failedAt : messages.build.anewFrom)({ instruction });
  }
  // No step has failed: what is wrong is with the Dockerfile itself, or with a base.
  if (status === "failed") return say(error?.split("\n")[0] ?? "") || undefined;
  return status === "completed" && base !== undefined ? messages.build.allCached : undefined;
}
