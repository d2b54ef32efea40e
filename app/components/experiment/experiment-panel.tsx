"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { nameOf } from "../files/file-tree-model.ts";
import { Button } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { mostVariants } from "./experiment-store.ts";
import { VariantTable } from "./variant-table.tsx";
import { VariantDiff } from "./variant-diff.tsx";

const text = messages.buildView.experiment;

/** Two to four Dockerfiles of the same directory, built and measured side by side. */
export default function ExperimentPanel(): ReactNode {
  const { builds, experiment, files, documents } = useWorkspace();
  const variants = useStore(experiment.variants);
  const running = useStore(experiment.running);
  // The list of Dockerfiles follows both.
  useStore(files.entries);
  useStore(documents.active);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [noCache, setNoCache] = useState(true);
  const target = builds.target();
  if (target === undefined) return <p className="px-3 py-2 text-xs text-ink-soft">{messages.build.nothingToBuild}</p>;
  const candidates = experiment.candidates(target).toSorted((a, b) => (a < b ? -1 : 1));
  const chosen = candidates.filter((path) => !left.has(path)).slice(0, mostVariants);
  return (
    <div className="h-full overflow-y-auto" data-scrolls="experiment" data-testid="experiment">
      <div className="grid gap-2 border-b border-line px-3 py-2 text-xs">
        <p className="text-pretty text-ink-soft">{text.about}</p>
        <VariantChoice
          candidates={candidates}
          chosen={chosen}
          running={running}
          onChange={(path, wanted) => {
            const next = new Set(left);
            if (wanted) next.delete(path);
            else next.add(path);
            setLeft(next);
          }}
        />
        <Check checked={noCache} disabled={running} onChange={setNoCache}>
          {text.noCache}
        </Check>
        <div className="flex flex-wrap gap-1.5">
          <Button icon="plus" needs="editor" disabled={running} onClick={() => void experiment.addVariant(target)}>
            {text.add}
          </Button>
          {running ? (
            <Button needs="editor" onClick={() => void experiment.cancel()}>
              {messages.actions.cancel}
            </Button>
          ) : (
            <Button
              look="primary"
              icon="hammer"
              needs="editor"
              disabled={chosen.length < 2}
              title={chosen.length < 2 ? text.tooFew : undefined}
              onClick={() => void experiment.run(chosen, { noCache })}
            >
              {text.run({ count: chosen.length })}
            </Button>
          )}
        </div>
        {chosen.length < 2 && <p className="text-ink-faint">{text.tooFew}</p>}
      </div>
      <p role="status" className="sr-only">
        {running && text.building({ name: nameOf(variants.find(({ state }) => state === "building")?.path ?? "") })}
      </p>
      {variants.length > 0 && <VariantTable variants={variants} />}
      {variants.length > 1 && !running && <VariantDiff paths={variants.map(({ path }) => path)} />}
    </div>
  );
}

interface VariantChoiceProps {
  candidates: readonly string[];
  chosen: readonly string[];
  running: boolean;
  onChange: (path: string, wanted: boolean) => void;
}

/** Which of the Dockerfiles are compared. */
function VariantChoice({ candidates, chosen, running, onChange }: VariantChoiceProps): ReactNode {
  return (
    <fieldset>
      <legend className="pb-0.5 font-medium">{text.variants}</legend>
      <ul className="grid gap-0.5">
        {candidates.map((path) => (
          <li key={path}>
            <Check
              checked={chosen.includes(path)}
              disabled={running || (!chosen.includes(path) && chosen.length >= mostVariants)}
              onChange={(wanted) => onChange(path, wanted)}
            >
              <span className="truncate font-mono">{path}</span>
            </Check>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

interface CheckProps {
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}

function Check({ checked, disabled, onChange, children }: CheckProps): ReactNode {
  return (
    <label className="flex min-h-6 items-center gap-1.5">
      <input
        type="checkbox"
        className="accent-(--accent)"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {children}
    </label>
  );
}
