"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** Who comes and goes within it is told together, and who comes back within it not at all, ms. */
const pause = 2500;
const mostNames = 3;

/** Tells screen readers who has come in and who has left: others see the faces in the header. */
export function Comings(): ReactNode {
  const { together } = useWorkspace();
  const people = useStore(together.people);
  const others = people.filter(({ member }) => member !== together.member);
  // Their cursors move many times a second: only who they are counts here. Each once, with however many pages.
  const present = JSON.stringify([...new Map(others.map((person) => [person.member, together.nameOf(person)]))]);
  const isKnown = people.length > 0;
  const told = useRef<ReadonlyMap<string, string>>(undefined);
  const [text, setText] = useState("");
  useEffect(() => {
    if (!isKnown) return undefined;
    const now = new Map(JSON.parse(present) as [string, string][]);
    const before = told.current;
    if (before === undefined) {
      told.current = now;
      return undefined;
    }
    const timer = setTimeout(() => {
      told.current = now;
      const missing = (from: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): string[] =>
        [...from].filter(([member]) => !others.has(member)).map(([, name]) => name);
      const [came, left] = [missing(now, before), missing(before, now)];
      const words = messages.together.comings;
      setText(
        [came.length > 0 && words.came({ names: listed(came) }), left.length > 0 && words.left({ names: listed(left) })]
          .filter(Boolean)
          .join(" "),
      );
    }, pause);
    return () => clearTimeout(timer);
  }, [present, isKnown]);
  return (
    <p role="status" data-testid="comings" className="sr-only">
      {text}
    </p>
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(", ");
  return names.length > mostNames ? `${shown}, …` : shown;
}
