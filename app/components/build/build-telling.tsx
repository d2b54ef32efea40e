"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import type { BuildState } from "./build-state.ts";
import { tellingOf } from "./telling.ts";

/** Between two tellings, ms: steps that come faster are told by the last of them. */
const pause = 1000;

/**
 * Tells screen readers how the steps of a build go: that one has begun, is done or has failed, and none of their output,
 * which is read where it is. How the build ends `BuildStatus` tells.
 */
export function BuildTelling({ build }: { build: BuildState }): ReactNode {
  const [text, setText] = useState("");
  const now = tellingOf(build);
  // What was over when it came into sight is no news.
  const [old] = useState(build.summary.status === "running" ? "" : now);
  const latest = useRef(now);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = now;
    // Not put off by what comes meanwhile: steps in quick succession would never be told.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setText(latest.current);
    }, pause);
  }, [now]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return (
    <p role="status" data-testid="build-telling" className="sr-only">
      {text === old ? "" : text}
    </p>
  );
}
