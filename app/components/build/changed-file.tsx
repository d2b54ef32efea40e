"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ChangedFile, StepEvidence } from "#contract/build-record.ts";
import { messages } from "../../lib/messages.ts";
import { DiffView } from "../diff/diff-view.tsx";
import { changedLines, lineDiff } from "../diff/line-diff.ts";
import { DisclosureButton } from "../ui/disclosure.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const text = messages.build.why;

interface ChangedFileRowProps {
  build: string;
  step: string;
  file: NonNullable<StepEvidence["files"]>[number];
  /** its lines are looked up at once */
  eager: boolean;
}

/** `package.json changed: 2 lines`, with the lines when it is opened. */
export function ChangedFileRow({ build, step, file, eager }: ChangedFileRowProps): ReactNode {
  const { api } = useWorkspace();
  const { path, before, after } = file;
  const kind = before === undefined ? text.added : after === undefined ? text.removed : text.changed;
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState<ChangedFile>();
  const isWanted = eager || open;
  useEffect(() => {
    if (!isWanted) return undefined;
    let gone = false;
    api.changedFile(build, step, path).then(
      (answer) => !gone && setFound(answer),
      // The step and what it says of the file are there; only its lines are not.
      () => !gone && setFound({}),
    );
    return () => {
      gone = true;
    };
  }, [isWanted, api, build, step, path]);
  const sides = sidesOf(file, found);
  const diff = sides === undefined ? undefined : lineDiff(sides.before, sides.after);
  return (
    <li>
      <DisclosureButton open={open} onChange={setOpen}>
        <span className="min-w-0 truncate">{path}</span>
        <span className="shrink-0 font-sans text-ink-faint">
          {diff === undefined || diff.lines.length === 0
            ? kind
            : text.changedLines({ kind, count: changedLines(diff) })}
        </span>
      </DisclosureButton>
      {open && (
        <div className="py-1 pl-5 font-sans">
          {sides !== undefined && <DiffView {...sides} label={messages.buildView.compare.diffOf({ path })} />}
          {found !== undefined && sides === undefined && <p className="text-ink-faint">{text.noLines}</p>}
        </div>
      )}
    </li>
  );
}

/** Undefined when one of the sides that there must be is not known as text. */
function sidesOf(
  file: ChangedFileRowProps["file"],
  found: ChangedFile | undefined,
): { before: string; after: string } | undefined {
  const before = file.before === undefined ? "" : found?.before?.text;
  const after = file.after === undefined ? "" : found?.after?.text;
  return before === undefined || after === undefined || found === undefined ? undefined : { before, after };
}
