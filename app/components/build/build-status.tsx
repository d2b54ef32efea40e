"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { duration, stopwatch } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { serverNow } from "../../lib/server-clock.ts";
import { Icon, Spinner } from "../ui/icons.tsx";
import type { BuildState } from "./build-state.ts";
import { isByHand } from "./by-hand.tsx";

const looks = {
  running: "bg-accent-wash text-accent",
  completed: "bg-good-wash text-good",
  failed: "bg-bad-wash text-bad",
  cancelled: "bg-raised text-ink-soft",
  interrupted: "bg-warn-wash text-warn",
} as const;

/** How the build stands, in one word and its time. @param isAway nobody knows whether it still runs */
export function BuildStatus({ build, isAway = false }: { build: BuildState; isAway?: boolean }): ReactNode {
  const { status, startedAt } = build.summary;
  const isUnknown = isAway && status === "running";
  const time = useElapsed(status === "running" && !isAway ? startedAt : undefined);
  const partly = status === "completed" && isByHand(build);
  const text = isUnknown
    ? messages.connection.unknown
    : partly
      ? messages.build.byHand.completed
      : messages.build[status];
  return (
    <span
      data-testid="build-status"
      data-status={status}
      data-build={build.summary.id}
      className={`flex h-5.5 min-w-0 items-center gap-1 rounded-full px-2 text-xs font-medium ${partly || isUnknown ? looks.interrupted : looks[status]}`}
    >
      {status === "running" && !isUnknown && <Spinner className="size-3.5" />}
      {status === "completed" && <Icon name="check" className="size-3.5" />}
      {status === "failed" && <Icon name="cross" className="size-3.5" />}
      <span role="status" className="truncate">
        {text}
      </span>
      {!isUnknown && (
        <span className="whitespace-nowrap tabular-nums">
          {build.durationMs === undefined ? stopwatch(time) : duration(build.durationMs)}
        </span>
      )}
    </span>
  );
}

/** ms since a moment, counted on while it is given. */
export function useElapsed(since: number | undefined): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (since === undefined) return undefined;
    const timer = setInterval(() => setNow(serverNow()), 100);
    return () => clearInterval(timer);
  }, [since]);
  return since === undefined ? 0 : Math.max(0, now - since);
}
