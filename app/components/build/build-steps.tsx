"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import type { BuildFailure } from "#contract/build-events.ts";
import { duration, size, stopwatch } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import type { Store } from "../../lib/store.ts";
import { Icon, Spinner } from "../ui/icons.tsx";
import { VirtualLines } from "../ui/virtual-lines.tsx";
import { failedStep, stepNumbers } from "./build-state.ts";
import type { BuildState, BuildStep } from "./build-state.ts";
import { ByHandMark } from "./by-hand.tsx";
import { StepFailure } from "./failure-hint.tsx";
import { useElapsed } from "./build-status.tsx";
import { pointFrom } from "./pointed.ts";
import type { Pointed } from "./pointed.ts";

interface BuildStepsProps {
  build: BuildState;
  onReveal?: (line: number) => void;
  /** ties them to the Dockerfile's text beside them */
  pointing: Store<Pointed>;
  /** what ties the steps to the rest of a live workspace; a recorded build has none */
  link?: {
    /** the step that was opened or closed last, here or somewhere else */
    toggled: { id: string; open: boolean } | undefined;
    onToggle: (id: string, open: boolean) => void;
    /** what else is known of a step, at the end of its details */
    renderMore: (step: BuildStep) => ReactNode;
  };
}

/** Every step of a build, in the Dockerfile's order, beneath its stage's name when there are several. */
export function BuildSteps({ build, onReveal, pointing, link }: BuildStepsProps): ReactNode {
  const pointed = useStore(pointing);
  // What the learner opened or closed; others follow their state.
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const toggled = link?.toggled;
  useEffect(() => {
    if (toggled !== undefined) setChosen((before) => new Map([...before, [toggled.id, toggled.open]]));
  }, [toggled]);
  const failed = failedStep(build);
  const numbers = stepNumbers(build);
  const stages = new Set(build.steps.map((step) => step.vertex.stage).filter((name) => name !== ""));
  return (
    <ol aria-label={messages.build.log} className="py-1">
      {build.steps.map((known, index) => {
        const step = inTurn(build, known, index);
        const { id } = step.vertex;
        const open = chosen.get(id) ?? (step.state === "running" || step.state === "failed");
        const heading =
          stages.size > 1 && step.vertex.stage !== "" && step.vertex.stage !== build.steps[index - 1]?.vertex.stage
            ? step.vertex.stage
            : undefined;
        return (
          <li key={id}>
            {heading !== undefined && (
              <p className="px-3 pt-2 pb-1 text-2xs font-semibold tracking-wider text-ink-faint uppercase">{heading}</p>
            )}
            <Step
              step={step}
              number={numbers.get(id)}
              span={spanOf(build, step)}
              pointed={pointed?.from === "editor" && pointed.id === id}
              onPoint={(on) => pointFrom(pointing, "steps", on ? id : undefined)}
              more={link?.renderMore(step)}
              failure={id === failed?.vertex.id ? build.failure : undefined}
              open={open}
              onToggle={() => {
                setChosen((before) => new Map([...before, [id, !open]]));
                link?.onToggle(id, !open);
                const line = step.vertex.range?.startLine;
                if (!open && line !== undefined) onReveal?.(line);
              }}
            />
          </li>
        );
      })}
    </ol>
  );
}

interface StepProps {
  step: BuildStep;
  /** among the Dockerfile's instructions, from 1; undefined: it is none */
  number: number | undefined;
  /** when it ran, in parts of the whole build */
  span: { from: number; length: number } | undefined;
  pointed: boolean;
  onPoint: (on: boolean) => void;
  more: ReactNode;
  /** of the build, if it is this step's */
  failure: BuildFailure | undefined;
  open: boolean;
  onToggle: () => void;
}

function Step({ step, number, span, pointed, onPoint, more, failure, open, onToggle }: StepProps): ReactNode {
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (pointed) row.current?.scrollIntoView({ block: "nearest" });
  }, [pointed]);
  const details = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failure !== undefined) details.current?.scrollIntoView({ block: "nearest" });
  }, [failure]);
  const { vertex, state } = step;
  // What belongs to no stage (fetching a base) is no instruction of its own.
  const instruction = vertex.stage === "" ? vertex.name : vertex.instruction || vertex.name;
  const [keyword = "", ...rest] = instruction.split(/(?<=^\S+)\s/);
  const faint = state === "waiting" || state === "unreached";
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        ref={row}
        onClick={onToggle}
        onPointerEnter={() => onPoint(true)}
        onPointerLeave={() => onPoint(false)}
        onFocus={() => onPoint(true)}
        onBlur={() => onPoint(false)}
        data-pointed={pointed ? "" : undefined}
        className={`relative flex min-h-8 w-full items-center gap-2 px-3 py-1 text-left hover:bg-accent-wash ${faint ? "text-ink-faint" : ""} ${pointed ? "bg-accent-wash shadow-[inset_2px_0_0_var(--accent)]" : ""}`}
      >
        {span !== undefined && (
          // As wide as the row's text.
          <span aria-hidden="true" className="absolute inset-x-3 bottom-0 h-0.5">
            <span
              data-testid="step-span"
              className="absolute h-full min-w-0.5 rounded-full bg-accent opacity-45"
              style={{ left: `min(${span.from * 100}%, 100% - 2px)`, width: `${span.length * 100}%` }}
            />
          </span>
        )}
        {/* Its place in the list says it already. */}
        <span aria-hidden="true" className="w-4 shrink-0 text-right text-2xs text-ink-faint tabular-nums">
          {number}
        </span>
        <StateIcon state={state} />
        <span className="min-w-0 flex-1 truncate font-mono text-xs">
          <span className={`font-semibold ${faint ? "" : "text-accent"}`}>{keyword}</span> {rest.join(" ")}
        </span>
        {vertex.standIn && (
          <span
            className="rounded bg-raised px-1.5 text-2xs font-medium text-warn"
            title={standInTitle(vertex.standIn)}
          >
            {standInName(vertex.standIn)}
          </span>
        )}
        <ByHandMark step={step} />
        {step.layerBytes !== undefined && step.layerBytes > 0 && (
          <span className="text-2xs text-ink-faint tabular-nums">{size(step.layerBytes)}</span>
        )}
        <StepTime step={step} />
        {state !== "cached" && state !== "unreached" && <span className="sr-only">{messages.build.states[state]}</span>}
      </button>
      {open && (
        <div ref={details}>
          <StepDetails step={step} instruction={instruction} failure={failure} more={more} />
        </div>
      )}
    </>
  );
}

/** `stand-in 3.11.2` */
function standInName(what: string | true): string {
  const version = what === true ? undefined : / ([0-9][^,]*)/.exec(what)?.[1];
  return version === undefined ? messages.build.standInShort : messages.build.standIn({ version });
}

function standInTitle(what: string | true): string {
  return what === true ? messages.build.standInTitle : messages.build.standInIs({ what });
}

/**
 * While a build runs, a step is shown as done when those before it in its stage are: what only changes the image's
 * configuration is over before the command in front of it.
 */
function inTurn(build: BuildState, step: BuildStep, index: number): BuildStep {
  const { stage } = step.vertex;
  if (build.summary.status !== "running" || stage === "" || !["done", "cached"].includes(step.state)) return step;
  const early = build.steps
    .slice(0, index)
    .some((other) => other.vertex.stage === stage && ["waiting", "running"].includes(other.state));
  return early ? { ...step, state: "waiting" } : step;
}

/** Undefined where there is nothing to compare: before its end, and for what took no time. */
function spanOf(build: BuildState, step: BuildStep): StepProps["span"] {
  const whole = build.durationMs;
  if (
    whole === undefined ||
    whole === 0 ||
    (step.durationMs ?? 0) < 1 ||
    step.startedAt === undefined ||
    step.durationMs === undefined
  )
    return undefined;
  if (step.state !== "done" && step.state !== "failed") return undefined;
  const from = Math.min(1, Math.max(0, (step.startedAt - build.summary.startedAt) / whole));
  return { from, length: Math.min(1 - from, step.durationMs / whole) };
}

function StepDetails({
  step,
  instruction,
  failure,
  more,
}: {
  step: BuildStep;
  instruction: string;
  failure: BuildFailure | undefined;
  more: ReactNode;
}): ReactNode {
  const progress = [...step.progress].slice(-6);
  return (
    <div className="mb-1.5 ml-[1.4rem] border-l-2 border-line pr-3">
      {instruction.length > 48 && (
        <p className="px-3 py-1 font-mono text-xs break-words text-ink-soft">{instruction}</p>
      )}
      {step.vertex.standIn && <p className="px-3 py-1 text-xs text-warn">{standInTitle(step.vertex.standIn)}</p>}
      {step.vertex.image !== undefined && (
        <p className="px-3 py-1 text-xs text-ink-soft">
          {messages.build.baseImage} <span className="font-mono break-all">{step.vertex.image}</span>
        </p>
      )}
      {step.reason && failure === undefined && (
        <p className="px-3 py-1 text-xs text-pretty text-ink-soft">{step.reason.detail}</p>
      )}
      {progress.length > 0 && (
        <ul className="px-3 py-1 text-xs text-ink-soft">
          {progress.map(([item, { status, current, total }]) => (
            <li key={item} className="flex items-center gap-2">
              <span className="max-w-[50%] shrink-0 truncate font-mono" title={item}>
                {item}
              </span>
              <span className="mr-auto min-w-0 truncate text-ink-faint" title={status}>
                {status}
              </span>
              {/* Without a total it need not be bytes: stand-ins count what was done for them. */}
              {current !== undefined && total !== undefined && (
                <span className="shrink-0 tabular-nums">{`${size(current)} / ${size(total)}`}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {step.log.dropped > 0 && (
        <p className="px-3 py-1 text-xs text-ink-faint">{messages.build.dropped({ count: step.log.dropped })}</p>
      )}
      {step.log.lines.length > 0 && (
        <div className="ml-3 overflow-hidden rounded-md bg-ground">
          <VirtualLines
            lines={step.log.lines}
            version={step.log.version}
            maximumHeight={260}
            label={messages.build.output}
          />
        </div>
      )}
      {step.truncated > 0 && (
        <p className="px-3 py-1 text-xs text-warn">{messages.build.truncated({ size: size(step.truncated) })}</p>
      )}
      {failure !== undefined && <StepFailure failure={failure} />}
      {failure === undefined && step.error !== undefined && (
        <p className="px-3 py-1 text-xs font-medium break-words text-bad">{step.error}</p>
      )}
      {more}
    </div>
  );
}

/** A shape for each state, that it is told without its colour, too. */
export function StateIcon({ state }: { state: BuildStep["state"] }): ReactNode {
  switch (state) {
    case "running":
      return <Spinner className="text-accent" />;
    case "done":
      return <Icon name="check" className="text-good" />;
    case "cached":
      return <Icon name="layers" className="text-cached" />;
    case "failed":
      return <Icon name="cross" className="text-bad" />;
    default:
      return <Icon name="dot" className="text-ink-faint" />;
  }
}

function StepTime({ step }: { step: BuildStep }): ReactNode {
  const elapsed = useElapsed(step.state === "running" ? step.startedAt : undefined);
  if (step.state === "cached") {
    return (
      <span className="rounded bg-cached-wash px-1.5 text-2xs font-medium text-cached forced-colors:border forced-colors:border-dashed">
        {messages.build.cached}
      </span>
    );
  }
  if (step.state === "unreached") {
    return <span className="text-2xs whitespace-nowrap text-ink-faint">{messages.build.unreached}</span>;
  }
  if (step.state === "waiting" || step.state === "cancelled") return null;
  // What only notes something in the image's configuration takes no time.
  if (step.state === "done" && (step.durationMs ?? 0) < 1) return null;
  return (
    <span className="min-w-14 shrink-0 text-right text-2xs text-ink-soft tabular-nums">
      {step.durationMs === undefined ? stopwatch(elapsed) : duration(step.durationMs)}
    </span>
  );
}
