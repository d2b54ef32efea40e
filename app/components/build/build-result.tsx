"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import type { BuildState } from "./build-state.ts";

interface BuildResultProps {
  build: BuildState;
  onReveal?: (line: number) => void;
  onRun?: (image: string) => void;
  /** what is said of a build without an end */
  interrupted?: string;
}

/** How the build ended, with what to do next. */
export function BuildResult({
  build,
  onReveal,
  onRun,
  interrupted = messages.build.interruptedText,
}: BuildResultProps): ReactNode {
  const { summary, failure, steps, warnings } = build;
  const cached = steps.filter((step) => step.state === "cached").length;
  const image = summary.tags[0] ?? summary.imageId;
  return (
    <>
      {summary.status === "completed" && (
        <div className="flex items-center gap-2 border-b border-line bg-good-wash px-3 py-2">
          <Icon name="box" className="text-good" />
          <div className="min-w-0 flex-1">
            <p className="truncate font-mono text-xs font-semibold">{image}</p>
            <p className="text-xs text-ink-soft">{messages.build.summary(steps.length, cached)}</p>
          </div>
          {onRun && image !== undefined && (
            <Button icon="play" onClick={() => onRun(image)}>
              {messages.actions.run}
            </Button>
          )}
        </div>
      )}
      {failure && <FailureCard failure={failure} {...(onReveal ? { onReveal } : {})} />}
      {summary.status === "interrupted" && (
        <p className="border-b border-line bg-warn-wash px-3 py-2 text-warn">{interrupted}</p>
      )}
      {warnings.length > 0 && <Warnings warnings={warnings} {...(onReveal ? { onReveal } : {})} />}
    </>
  );
}

/** One line until it is opened: what is worth a look must not push away what was asked for. */
function Warnings({
  warnings,
  onReveal,
}: {
  warnings: BuildState["warnings"];
  onReveal?: (line: number) => void;
}): ReactNode {
  return (
    <details className="group border-b border-line text-xs">
      <summary className="flex cursor-pointer items-center gap-2 px-3 py-1.5 text-ink-soft select-none hover:bg-raised">
        <Icon name="bulb" className="size-3.5 text-warn" />
        <span className="flex-1">{messages.build.worthALook(warnings.length)}</span>
        <Icon name="chevron" className="size-3.5 transition-transform group-open:rotate-90" />
      </summary>
      <ul aria-label={messages.build.warnings} className="max-h-48 overflow-y-auto px-3 pb-1.5">
        {warnings.map((warning) => (
          <li key={warning.rule + (warning.range?.startLine ?? "") + warning.message} className="flex gap-2 py-0.5">
            <span className="min-w-0 flex-1">{warning.message}</span>
            <LineLink line={warning.range?.startLine} {...(onReveal ? { onReveal } : {})} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function FailureCard({
  failure,
  onReveal,
}: {
  failure: NonNullable<BuildState["failure"]>;
  onReveal?: (line: number) => void;
}): ReactNode {
  return (
    <div className="border-b border-line bg-bad-wash px-3 py-2.5" data-testid="build-failure">
      <div className="flex items-start gap-2">
        <Icon name="cross" className="mt-0.5 text-bad" />
        <p className="min-w-0 flex-1 font-medium break-words text-bad">{failure.message}</p>
        <LineLink line={failure.range?.startLine} {...(onReveal ? { onReveal } : {})} />
      </div>
      {failure.excerpt && (
        <pre className="mt-2 overflow-x-auto rounded-md border border-line bg-panel px-2.5 py-1.5 font-mono text-xs">
          {failure.excerpt}
        </pre>
      )}
      {failure.hint && (
        <p className="mt-2 flex gap-2 text-ink-soft">
          <Icon name="bulb" className="mt-0.5 text-warn" />
          <span className="min-w-0 break-words whitespace-pre-line">{failure.hint}</span>
        </p>
      )}
    </div>
  );
}

function LineLink({ line, onReveal }: { line: number | undefined; onReveal?: (line: number) => void }): ReactNode {
  if (line === undefined) return null;
  if (onReveal === undefined) return <span className="text-xs text-ink-soft">{messages.build.line(line)}</span>;
  return (
    <button
      type="button"
      aria-label={messages.build.goToLine(line)}
      className="shrink-0 text-xs font-medium text-accent underline decoration-transparent underline-offset-3 hover:decoration-current"
      onClick={() => onReveal(line)}
    >
      {messages.build.line(line)}
    </button>
  );
}
