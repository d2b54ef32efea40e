import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Icon } from "../ui/icons.tsx";
import { type BuildState, type BuildStep, stepNumbers } from "./build-state.ts";

const text = messages.build.byHand;
/** Characters of an instruction within a sentence. */
const longest = 60;

export function shortInstruction(instruction: string): string {
  return instruction.length > longest ? `${instruction.slice(0, longest - 1)}…` : instruction;
}

interface ByHandProps {
  build: BuildState;
  /** what can be done about it; `step`: after which something was changed */
  renderActions?: ((step: string) => ReactNode) | undefined;
}

/** That a build has what was changed in a shell, which its Dockerfile alone does not make. */
export function ByHand({ build, renderActions }: ByHandProps): ReactNode {
  const numbers = stepNumbers(build);
  return build.steps
    .filter(({ vertex }) => vertex.byHand !== undefined)
    .map(({ vertex: { id, instruction, byHand } }) => {
      const where = { number: numbers.get(id) ?? 0, instruction: shortInstruction(instruction) };
      const { again, leftBy } = byHand ?? {};
      return (
        <div key={id} className="border-b border-line bg-warn-wash px-3 py-2 text-xs" data-testid="by-hand">
          <p className="flex gap-2 text-warn">
            <Icon name="terminal" className="mt-px size-3.5" />
            <span className="min-w-0 flex-1 text-pretty wrap-anywhere">
              {(build.summary.status === "completed" ? text.image : text.build)(where)}
              {again !== undefined &&
                ` ${(leftBy === again ? text.againOnIt : text.again)({ instruction: shortInstruction(again) })}`}
            </span>
          </p>
          {renderActions && <div className="mt-1.5 flex flex-wrap gap-1.5 pl-5.5">{renderActions(id)}</div>}
        </div>
      );
    });
}

/** Beside the step after which it was done. */
export function ByHandMark({ step: { vertex } }: { step: BuildStep }): ReactNode {
  return (
    vertex.byHand && (
      <span
        className="rounded bg-warn-wash px-1.5 text-2xs font-medium whitespace-nowrap text-warn"
        title={text.layer({ instruction: shortInstruction(vertex.instruction) })}
      >
        {text.short}
      </span>
    )
  );
}

/** Something was done by hand in what the build has made. */
export function isByHand({ steps }: BuildState): boolean {
  return steps.some(({ vertex }) => vertex.byHand !== undefined);
}
