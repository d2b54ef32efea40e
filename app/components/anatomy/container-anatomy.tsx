"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import type { RunAnatomy } from "#contract/run-anatomy.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { AnatomyStep } from "./anatomy-step.tsx";
import { timeToStart } from "./step-facts.ts";

const words = messages.running;

/** The steps from the image to the running program, as the engine noted them. */
export function ContainerAnatomy({ container }: { container: ContainerView }): ReactNode {
  const { api } = useWorkspace();
  const [anatomy, setAnatomy] = useState<RunAnatomy>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let gone = false;
    api.details.anatomy(container.id).then(
      (found) => !gone && setAnatomy(found),
      (error: unknown) => !gone && setFailure(errorText(error)),
    );
    return () => {
      gone = true;
    };
  }, [api, container.id, container.state]);
  if (failure !== undefined && anatomy === undefined) return <p className="p-3 text-xs text-bad">{failure}</p>;
  if (anatomy === undefined) return <p className="p-3 text-xs text-ink-faint">{words.details.loading}</p>;
  const { steps } = anatomy;
  if (steps.length === 0) return <p className="p-3 text-xs text-ink-faint">{words.anatomy.none}</p>;
  const total = timeToStart(steps);
  const longest = Math.max(...steps.filter(({ kind }) => kind !== "end").map((step) => step.duration));
  return (
    <section aria-label={words.anatomy.label(container)} data-testid="anatomy" className="p-3">
      {total !== undefined && <p className="mb-2 text-xs text-ink-soft">{total}</p>}
      <ol>
        {steps.map((step, index) => (
          <AnatomyStep
            key={`${step.kind}-${index}`}
            step={step}
            part={step.kind === "end" ? 0 : step.duration / longest}
            container={container}
            last={index === steps.length - 1}
          />
        ))}
      </ol>
    </section>
  );
}
