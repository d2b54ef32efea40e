"use client";
import type { ReactNode } from "react";
import type { BuildWarning } from "#contract/build-events.ts";
import { clock } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { dockerfileOf, failedStep, instructionsOf, keywordOf } from "./build-state.ts";
import type { BuildState } from "./build-state.ts";
import { ByHand, isByHand } from "./by-hand.tsx";
import { BuildWarnings } from "./build-warnings.tsx";
import { DockerfileLines } from "./dockerfile-lines.tsx";
import { FailureHint } from "./failure-hint.tsx";
import type { ImageToRun } from "./image-to-run.ts";
import { LineLink } from "./line-link.tsx";

interface BuildResultProps {
  build: BuildState;
  /** what there is to run: of this build, or of an earlier one */
  toRun?: ImageToRun | undefined;
  /** what else can be done with what it has made */
  more?: ReactNode;
  onReveal?: (line: number) => void;
  onRun?: (image: string) => void;
  /** what can be done about a warning */
  renderActions?: (warning: BuildWarning) => ReactNode;
  /** what can be done about what was changed by hand after a step */
  renderByHand?: (step: string) => ReactNode;
  /** what is said of a build without an end */
  interrupted?: string;
}

/** How the build ended, with what to do next. */
export function BuildResult({
  build,
  toRun,
  more,
  onReveal,
  onRun,
  renderActions,
  renderByHand,
  interrupted = messages.build.interruptedText,
}: BuildResultProps): ReactNode {
  const { summary, warnings } = build;
  const steps = instructionsOf(build);
  const cached = steps.filter((step) => step.state === "cached").length;
  const { image = summary.tags[0] ?? summary.imageId, earlier } = toRun ?? {};
  const run = onRun && image !== undefined && (
    <Button icon="play" needs="editor" onClick={() => onRun(image)}>
      {messages.actions.run}
    </Button>
  );
  return (
    <>
      {summary.status === "completed" && (
        <div
          className={`flex items-center gap-2 border-b border-line px-3 py-2 ${isByHand(build) ? "" : "bg-good-wash"}`}
        >
          <Icon name="box" className={isByHand(build) ? "text-warn" : "text-good"} />
          <div className="min-w-0 flex-1">
            <p className="truncate font-mono text-xs font-semibold">{image}</p>
            <p className="text-xs text-ink-soft">{messages.build.summary({ steps: steps.length, cached })}</p>
          </div>
          {more}
          {run}
        </div>
      )}
      <ByHand build={build} renderActions={renderByHand} />
      <FailureCard build={build} {...(onReveal ? { onReveal } : {})} />
      {earlier && (
        <div className="flex items-center gap-2 border-b border-line px-3 py-1.5" data-testid="earlier-image">
          <Icon name="box" className="text-ink-faint" />
          <p className="min-w-0 flex-1 text-xs text-ink-soft">
            <span className="font-mono font-semibold text-ink">{image}</span>{" "}
            {messages.build.earlierImage({ when: clock(earlier.startedAt) })}
          </p>
          {run}
        </div>
      )}
      {summary.status === "interrupted" && (
        <p className="border-b border-line bg-warn-wash px-3 py-2 text-warn">{interrupted}</p>
      )}
      {build.text !== undefined && dockerfileOf(summary) === undefined && (
        <SentDockerfile name={summary.dockerfile} text={build.text} />
      )}
      {warnings.length > 0 && (
        <BuildWarnings
          warnings={warnings}
          {...(onReveal ? { onReveal } : {})}
          {...(renderActions ? { renderActions } : {})}
        />
      )}
    </>
  );
}

/** Of a build whose files came from elsewhere: no editor has it. */
function SentDockerfile({ name, text }: { name: string; text: string }): ReactNode {
  return (
    <details className="group border-b border-line text-xs" data-testid="sent-dockerfile">
      <summary className="flex cursor-pointer items-center gap-2 px-3 py-1.5 text-ink-soft select-none hover:bg-raised">
        <Icon name="terminal" className="size-3.5" />
        <span className="flex-1">{messages.build.sent({ name })}</span>
        <Icon name="chevron" className="size-3.5 transition-transform group-open:rotate-90" />
      </summary>
      <DockerfileLines text={text} label={name} />
    </details>
  );
}

/** In a word where a step tells why; all of it where none does. */
function FailureCard({ build, onReveal }: { build: BuildState; onReveal?: (line: number) => void }): ReactNode {
  const { failure } = build;
  if (failure === undefined) return null;
  const step = failedStep(build);
  return (
    <div className="border-b border-line bg-bad-wash px-3 py-2" data-testid="build-failure">
      <div className="flex items-start gap-2">
        <Icon name="cross" className="mt-0.5 text-bad" />
        <p className="min-w-0 flex-1 font-medium break-words text-bad">
          {step === undefined ? failure.message : messages.build.stepFailed({ keyword: keywordOf(step) })}
        </p>
        <LineLink line={failure.range?.startLine} {...(onReveal ? { onReveal } : {})} />
      </div>
      {step === undefined && failure.excerpt && (
        <pre className="mt-2 overflow-x-auto rounded-md border border-line bg-panel px-2.5 py-1.5 font-mono text-xs">
          {failure.excerpt}
        </pre>
      )}
      {step === undefined && <FailureHint hint={failure.hint} />}
    </div>
  );
}
