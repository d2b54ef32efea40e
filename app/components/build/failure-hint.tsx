import type { ReactNode } from "react";
import type { BuildFailure } from "#contract/build-events.ts";
import { limit } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { failureText } from "./failure-text.ts";
import { Icon } from "../ui/icons.tsx";

/** Why a step failed, beneath what it has printed. */
export function StepFailure({ failure }: { failure: BuildFailure }): ReactNode {
  return (
    <div className="px-3 py-1 text-xs" data-testid="step-failure">
      <p className="font-medium break-words text-bad">{failureText(failure)}</p>
      <FailureHint hint={failure.exitCode === undefined ? failure.hint : adviceOn(failure)} />
    </div>
  );
}

/** What to do about it. */
export function FailureHint({ hint }: { hint: string | undefined }): ReactNode {
  if (hint === undefined) return null;
  return (
    <p className="mt-1.5 flex gap-2 text-ink-soft">
      <Icon name="bulb" className="mt-px text-warn" />
      <span className="min-w-0 break-words whitespace-pre-line">{hint}</span>
    </p>
  );
}

/** In the page's language where the engine says what it is about; recordings of before have its words only. */
function adviceOn({ trouble, advice }: BuildFailure): string | undefined {
  const text = messages.build.troubles;
  if (trouble === undefined) return advice;
  switch (trouble.kind) {
    case "memory":
      return trouble.limit === undefined ? text.memory : text.memoryOf({ limit: limit(trouble.limit) });
    case "processes":
      return text.processes(trouble);
    case "otherMachine":
      return text.otherMachine(trouble);
    case "volume":
      return text.volume(trouble);
    case "privateHost":
      return text.privateHost(trouble);
    default:
      return text[trouble.kind];
  }
}
