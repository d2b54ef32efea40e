"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Icon } from "../ui/icons.tsx";

const words = messages.running;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface JsonNodeProps {
  name: string;
  value: Json;
  depth: number;
  /** all is open while something is searched */
  forced: boolean;
}

/** JSON as lists in lists that open and close. The first two levels of objects are open. */
export function JsonNode({ name, value, depth, forced }: JsonNodeProps): ReactNode {
  const [open, setOpen] = useState(depth < 1);
  if (value === null || typeof value !== "object") {
    return (
      <li className="flex gap-1.5 pl-4.5">
        <span className="shrink-0 text-ink-soft">{name}:</span>
        <span className={`min-w-0 break-all whitespace-pre-wrap ${colourOf(value)}`}>{JSON.stringify(value)}</span>
      </li>
    );
  }
  const entries = entriesOf(value);
  const count = Array.isArray(value)
    ? words.inspect.items({ count: entries.length })
    : words.inspect.keys({ count: entries.length });
  const shown = (open || forced) && entries.length > 0;
  return (
    <li>
      <button
        type="button"
        aria-expanded={shown}
        disabled={entries.length === 0}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 items-center gap-0.5 rounded-sm pr-1 text-left hover:bg-raised disabled:hover:bg-transparent"
      >
        <Icon
          name="chevron"
          className={`size-4 text-ink-faint transition-transform ${shown ? "rotate-90" : ""} ${entries.length === 0 ? "invisible" : ""}`}
        />
        <span className="text-ink">{name}</span>
        <span className="pl-1.5 text-2xs text-ink-faint">{count}</span>
      </button>
      {shown && (
        <ul className="ml-2 border-l border-line pl-1.5">
          {entries.map(([key, each]) => (
            <JsonNode key={key} name={key} value={each} depth={depth + 1} forced={forced} />
          ))}
        </ul>
      )}
    </li>
  );
}

function entriesOf(value: Json[] | { [key: string]: Json }): [string, Json][] {
  return Array.isArray(value) ? value.map((each, index) => [String(index), each]) : Object.entries(value);
}

function colourOf(value: null | boolean | number | string): string {
  if (typeof value === "string") return "text-good";
  if (typeof value === "number") return "text-cached";
  return value === null ? "text-ink-faint" : "text-accent";
}
