"use client";
import { useMemo } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { changedLines, type DiffLine, lineDiff } from "./line-diff.ts";

const text = messages.buildView.diff;
/** Lines that are drawn. */
const most = 600;

const looks: Record<DiffLine["kind"], { sign: string; look: string; name?: string }> = {
  same: { sign: " ", look: "" },
  removed: { sign: "−", look: "bg-bad-wash text-bad", name: text.removed },
  added: { sign: "+", look: "bg-good-wash text-good", name: text.added },
  gap: { sign: "", look: "text-ink-faint" },
};

interface DiffViewProps {
  before: string;
  after: string;
  label: string;
  /** from which on it is scrolled */
  height?: string;
}

/** Two texts, line by line: what only one of them has is marked by sign and colour. */
export function DiffView({ before, after, label, height = "max-h-72" }: DiffViewProps): ReactNode {
  const diff = useMemo(() => lineDiff(before, after), [before, after]);
  if (diff === undefined) return <p className="text-xs text-ink-faint">{text.tooMuch}</p>;
  if (diff.lines.length === 0) return <p className="text-xs text-ink-faint">{text.same}</p>;
  return (
    <div data-testid="diff">
      <p className="text-2xs text-ink-soft">{text.lines({ count: changedLines(diff) })}</p>
      <div
        role="region"
        aria-label={label}
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className={`${height} overflow-auto rounded-md border border-line bg-ground py-1 font-mono text-xs`}
      >
        <div className="w-max min-w-full">
          {diff.lines.slice(0, most).map((line, index) => (
            <Line key={index} line={line} />
          ))}
        </div>
      </div>
      {diff.lines.length > most && (
        <p className="text-2xs text-ink-faint">{text.more({ count: diff.lines.length - most })}</p>
      )}
    </div>
  );
}

function Line({ line }: { line: DiffLine }): ReactNode {
  const { sign, look, name } = looks[line.kind];
  if (line.kind === "gap") return <div className={`px-2 ${look}`}>⋯</div>;
  return (
    <div className={`flex whitespace-pre ${look}`}>
      <span className="w-9 shrink-0 pr-2 text-right text-ink-faint select-none tabular-nums" aria-hidden="true">
        {line.after ?? line.before}
      </span>
      <span className="w-4 shrink-0 select-none" aria-hidden="true">
        {sign}
      </span>
      <span className="pr-3">
        {name !== undefined && <span className="sr-only">{name} </span>}
        <span>{line.text.slice(0, 2000)}</span>
      </span>
    </div>
  );
}
