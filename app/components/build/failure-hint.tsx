import type { ReactNode } from "react";
import type { BuildFailure } from "#contract/build-events.ts";
import { messages } from "../../lib/messages.ts";
import { Icon } from "../ui/icons.tsx";

/** Why a step failed, beneath what it has printed. */
export function StepFailure({ failure }: { failure: BuildFailure }): ReactNode {
  const { exitCode } = failure;
  return (
    <div className="px-3 py-1 text-xs" data-testid="step-failure">
      <p className="font-medium break-words text-bad">
        {exitCode === undefined ? failure.message : messages.build.endedWith({ code: exitCode })}
      </p>
      <FailureHint hint={exitCode === undefined ? failure.hint : failure.advice} />
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
