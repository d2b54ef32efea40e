"use client";
import type { ReactNode } from "react";
import type { StepEvidence, StepRecord } from "#contract/build-record.ts";
import { duration, limit, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { type Advice, adviceFor } from "./advice.ts";
import { ChangedFileRow } from "./changed-file.tsx";
import type { BuildState, BuildStep } from "./build-state.ts";

const text = messages.build.why;
const shownFiles = 8;
/** So few files are looked into at once, to say how many lines changed. */
const eagerFiles = 3;

/** Why a step ran or was taken from the cache, what it took, and shells in its states: once the build has ended. */
export function StepWhy({ build, step }: { build: BuildState; step: BuildStep }): ReactNode {
  const { builds } = useWorkspace();
  const record = useStore(builds.record);
  const known = record?.steps.find(({ id }) => id === step.vertex.id);
  if (record === undefined || known === undefined) return null;
  return (
    <div className="space-y-2 px-3 py-1.5 text-xs text-ink-soft" data-testid="step-why">
      {known.evidence && <Evidence evidence={known.evidence} build={build} step={known.id} />}
      <AdviceList advice={adviceFor(known, record)} />
      <Numbers record={known} />
      <Shells record={known} build={build} />
      {known.files && build.summary.imageId !== undefined && (
        <Button icon="layers" className="h-6 text-xs" onClick={() => builds.showLayer(known.id)}>
          {text.layer}
        </Button>
      )}
    </div>
  );
}

interface EvidenceProps {
  evidence: StepEvidence;
  build: BuildState;
  step: string;
}

function Evidence({ evidence, build, step }: EvidenceProps): ReactNode {
  const { files = [], variables = [], base, instruction } = evidence;
  const parents = (evidence.parents ?? []).flatMap((id) => build.steps.find(({ vertex }) => vertex.id === id) ?? []);
  return (
    <div className="space-y-1.5">
      {files.length > 0 && (
        <div>
          <p className="font-medium text-ink">{text.files}</p>
          <ul className="font-mono">
            {files.slice(0, shownFiles).map((file) => (
              <ChangedFileRow
                key={file.path}
                build={build.summary.id}
                step={step}
                file={file}
                eager={files.length <= eagerFiles}
              />
            ))}
          </ul>
          {files.length > shownFiles && (
            <p className="text-ink-faint">{text.more({ count: files.length - shownFiles })}</p>
          )}
        </div>
      )}
      {variables.map(({ name, before, after }) => (
        <Change key={name} title={name} before={before ?? text.unset} after={after ?? text.unset} />
      ))}
      {instruction && <Change title="" before={instruction.before} after={instruction.after} />}
      {base && <Change title={text.base} before={base.before} after={base.after} />}
      {parents.length > 0 && (
        <div>
          <p className="font-medium text-ink">{text.parents}</p>
          <ul className="font-mono">
            {parents.map(({ vertex }) => (
              <li key={vertex.id} className="truncate">
                {vertex.instruction || vertex.name}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** What would have kept the cache. */
function AdviceList({ advice }: { advice: Advice[] }): ReactNode {
  if (advice.length === 0) return null;
  return (
    <ul className="space-y-1" data-testid="advice">
      {advice.map((each) => (
        <li key={each.kind} className="flex gap-1.5">
          <Icon name="bulb" className="mt-0.5 size-3.5 text-warn" />
          <span className="min-w-0 break-words">{adviceText(each)}</span>
        </li>
      ))}
    </ul>
  );
}

function adviceText(advice: Advice): string {
  const say = text.advice;
  switch (advice.kind) {
    case "ignore":
      return say.ignore({ paths: advice.paths.join(", ") });
    case "manifests":
      return say.manifests(advice);
    case "above":
      return say.above(advice);
    case "late":
      return say.late(advice);
    case "variable":
      return (advice.names.length === 1 ? say.variable : say.variables)({ names: advice.names.join(", ") });
    case "pin":
      return say.pin;
    default:
      return say.cache;
  }
}

function Change({ title, before, after }: { title: string; before: string; after: string }): ReactNode {
  return (
    <div>
      {title !== "" && <p className="font-medium text-ink">{title}</p>}
      <p className="font-mono break-all">
        <del className="text-bad no-underline">
          <span className="sr-only">{text.before}</span> − {before}
        </del>
      </p>
      <p className="font-mono break-all">
        <ins className="text-good no-underline">
          <span className="sr-only">{text.after}</span> + {after}
        </ins>
      </p>
    </div>
  );
}

/** Only what says something: a step from the cache took nothing. */
function Numbers({ record }: { record: StepRecord }): ReactNode {
  const { timing, resources, files } = record;
  const rows: [string, string][] = [];
  const time = (name: string, ms = 0) => ms >= 1 && rows.push([name, duration(ms)]);
  if (record.outcome === "ran" || record.outcome === "failed") {
    time(text.waited, timing?.waiting);
    time(text.ran, timing?.running);
    time(text.committed, timing?.committing);
    time(text.cpu, resources?.cpu);
    if (resources !== undefined && resources.memory > 0) rows.push([text.memory, limit(resources.memory)]);
    const disk = (resources?.read ?? 0) + (resources?.written ?? 0);
    if (disk > 0) rows.push([text.disk, size(disk)]);
  }
  if (files !== undefined && files.added + files.changed + files.deleted > 0) {
    rows.push([text.filesName, text.files3(files)]);
  }
  if (rows.length === 0) return null;
  return (
    <dl aria-label={text.numbers} className="flex flex-wrap gap-x-4 gap-y-0.5 tabular-nums">
      {rows.map(([name, value]) => (
        <div key={name} className="flex gap-1">
          <dt className="text-ink-faint">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Shells({ record, build }: { record: StepRecord; build: BuildState }): ReactNode {
  const { builds, terminals } = useWorkspace();
  const tabs = useStore(terminals.tabs);
  const opening = useStore(terminals.opening);
  const { id } = build.summary;
  const own = tabs.filter(({ step }) => step?.build === id && step.step === record.id);
  const open = own.find((tab) => tab.id === terminals.active.value) ?? own.at(-1);
  if (record.shells.length === 0 && open === undefined) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {record.shells.map((at) => (
        <Button
          key={at}
          icon="terminal"
          needs="editor"
          className="h-6 text-xs"
          disabled={opening}
          onClick={() => void terminals.openStep({ build: id, step: record.id, at, instruction: record.instruction })}
        >
          {at === "before" ? text.shellBefore : text.shellAfter}
        </Button>
      ))}
      {open && (
        <Button
          icon="play"
          needs="editor"
          className="h-6 text-xs"
          title={record.outcome === "failed" ? text.goOnAgainHint : text.goOnHint}
          onClick={() => void builds.resume(record.id, open.container).then(() => terminals.end(open.id))}
        >
          {text.goOn}
        </Button>
      )}
    </div>
  );
}
