"use client";
import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import type { RunStep } from "#contract/run-anatomy.ts";
import { decimal, duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import type { IconName } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { commandsFor, factsOf } from "./step-facts.ts";

const words = messages.running;

const icons: Record<RunStep["kind"], IconName> = {
  pull: "download",
  image: "layers",
  layer: "filePlus",
  container: "box",
  root: "folder",
  volumes: "folderPlus",
  isolation: "shield",
  network: "network",
  start: "play",
  end: "stop",
};

interface AnatomyStepProps {
  step: RunStep;
  /** of the longest step's time: 0 to 1 */
  part: number;
  container: ContainerView;
  last: boolean;
}

/** One step: what was done and why, how long it took, what it made, and how to see that inside. */
export function AnatomyStep({ step, part, container, last }: AnatomyStepProps): ReactNode {
  const { title, text } = words.anatomy.steps[step.kind];
  const commands = container.state === "running" ? commandsFor(step) : [];
  const time = step.duration < 1 ? `${decimal(step.duration, 2)} ms` : duration(step.duration);
  return (
    <li data-step={step.kind} className="grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-2.5">
      <span className="flex flex-col items-center" aria-hidden="true">
        <span className="grid size-6 place-items-center rounded-full bg-accent-wash text-accent">
          <Icon name={icons[step.kind]} className="size-3.5" />
        </span>
        {!last && <span className="w-px flex-1 bg-line-strong" />}
      </span>
      <div className="min-w-0 pb-4">
        <h3 className="flex flex-wrap items-baseline gap-x-2 leading-6">
          <span className="font-medium">{title}</span>
          <span className="text-xs text-ink-faint tabular-nums">
            {step.kind === "end" ? words.anatomy.facts.ran({ time }) : words.anatomy.facts.took({ time })}
          </span>
        </h3>
        {part > 0 && (
          <div aria-hidden="true" className="mb-1 h-1 max-w-56 rounded-full bg-raised">
            <div className="h-full rounded-full bg-accent" style={{ width: `${Math.max(1, part * 100)}%` }} />
          </div>
        )}
        <p className="max-w-prose text-xs text-pretty text-ink-soft">{text}</p>
        <dl className="mt-1.5 grid grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs">
          {factsOf(step).map(({ name, values }, index) => (
            <div key={`${name}-${index}`} className="contents">
              <dt className="text-ink-faint">{name}</dt>
              <dd className="m-0 min-w-0 font-mono break-words">
                {values.map((value) => (
                  <span key={value} className="block">
                    {value}
                  </span>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        {commands.length > 0 && <Commands commands={commands} container={container} />}
      </div>
    </li>
  );
}

function Commands({ commands, container }: { commands: readonly string[]; container: ContainerView }): ReactNode {
  const { terminals } = useWorkspace();
  return (
    <div className="mt-1.5">
      <p className="text-2xs font-medium text-ink-soft">{words.anatomy.try}</p>
      <ul>
        {commands.map((command) => (
          <li key={command} className="flex items-center gap-0.5">
            <code className="min-w-0 truncate rounded-sm bg-ground px-1.5 py-0.5 font-mono text-xs">{command}</code>
            <CopyButton label={words.anatomy.copyCommand({ command })} text={command} />
            <IconButton
              icon="terminal"
              needs="editor"
              label={`${words.anatomy.tryIn}: ${command}`}
              onClick={() => void terminals.open(container.id, `${command}\n`)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
