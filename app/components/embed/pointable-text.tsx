"use client";
import { useMemo } from "react";
import type { ReactNode } from "react";
import { useStore } from "../../lib/store.ts";
import type { Store } from "../../lib/store.ts";
import { instructionsOf } from "../build/build-state.ts";
import type { BuildState } from "../build/build-state.ts";
import { pointFrom } from "../build/pointed.ts";
import type { Pointed } from "../build/pointed.ts";
import { isWithin, placesOf } from "../editor/step-places.ts";

interface PointableTextProps {
  text: string;
  /** the build whose Dockerfile it is */
  build: BuildState;
  pointing: Store<Pointed>;
}

/** A Dockerfile whose instructions are marked when their steps are pointed at, and the other way round. */
export function PointableText({ text, build, pointing }: PointableTextProps): ReactNode {
  const pointed = useStore(pointing);
  const lines = useMemo(() => text.split("\n"), [text]);
  const places = useMemo(() => placesOf(lines, instructionsOf(build)), [lines, build]);
  return lines.map((line, index) => {
    const step = [...places].find(([, range]) => isWithin(index + 1, range))?.[0];
    const isPointed = step !== undefined && step === pointed?.id;
    return (
      // A snippet's text never changes.
      <span
        key={index}
        onPointerEnter={() => pointFrom(pointing, "editor", step)}
        onPointerLeave={() => pointFrom(pointing, "editor", undefined)}
        data-pointed={isPointed ? "" : undefined}
        className={isPointed ? "bg-accent-wash" : undefined}
      >
        {index === lines.length - 1 ? line : `${line}\n`}
      </span>
    );
  });
}
