"use client";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { keywordOf } from "../build/build-state.ts";
import { focusPane } from "../panes/use-pane-keys.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import type { Pane } from "../workspace/workspace-panes.ts";
import { guideSteps, isStep } from "./guide-steps.ts";
import type { GuidePlace, GuideStep } from "./guide-steps.ts";

const words = messages.guide;

/** Where each step is done: in the header, or in a pane. */
const panes: Partial<Record<GuideStep, Pane>> = { again: "editor", layers: "build", open: "containers" };

/** What a place says of the files that there are now: they may be others than the starter's. */
function useGuideText(place: GuidePlace): string {
  const { builds, containers } = useWorkspace();
  const steps = useStore(builds.shown)?.steps ?? [];
  const ports = (useStore(containers.list) ?? []).flatMap((container) => container.ports);
  if (!isStep(place)) return words.end;
  if (place === "again" && !steps.some((step) => keywordOf(step) === "RUN")) return words.againAnyhow;
  if (place !== "open") return words.steps[place];
  const port = ports.find(({ protocol, loopback }) => protocol === "tcp" && loopback === undefined)?.port;
  return port === undefined ? words.openWhen : words.open({ port });
}

/** A strip above the panes: it lies over nothing, takes no focus, and goes on by itself when something was done. */
export function Guide({ show }: { show: (pane: Pane) => void }): ReactNode {
  const { guide } = useWorkspace();
  const place = useStore(guide.place);
  const text = useGuideText(place);
  useEffect(() => {
    document.documentElement.dataset["guide"] = place;
    return () => void delete document.documentElement.dataset["guide"];
  }, [place]);
  if (place === "over") return null;
  const count = guideSteps.length;
  const at = isStep(place) ? guideSteps.indexOf(place) + 1 : count;
  const showPlace = (): void => {
    if (!isStep(place)) return;
    const pane = panes[place];
    if (pane !== undefined) focusPane(pane, show);
    document.querySelector<HTMLElement>(`[data-guided=${place}]`)?.focus();
  };
  return (
    <section
      aria-label={words.label}
      data-testid="guide"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-wash px-3 py-1.5"
    >
      <span className="flex items-center gap-1" aria-hidden="true">
        {guideSteps.map((step, index) => (
          <span
            key={step}
            className={`h-1.5 rounded-full ${step === place ? "w-4" : "w-1.5"} ${index < at ? "bg-accent" : "bg-line-strong"}`}
          />
        ))}
      </span>
      <p role="status" className="min-w-0 flex-1 basis-72 text-pretty">
        <span className="sr-only">{isStep(place) ? words.progress({ step: at, count }) : ""} </span>
        {text}
      </p>
      <span className="ml-auto flex items-center gap-1">
        {isStep(place) ? (
          <>
            <Button onClick={showPlace}>{words.show}</Button>
            <Button look="ghost" onClick={() => guide.next()}>
              {words.next}
            </Button>
            <IconButton icon="close" label={words.skip} onClick={() => guide.skip()} />
          </>
        ) : (
          <Button onClick={() => guide.skip()}>
            <Icon name="check" className="-ml-0.5" />
            {words.finish}
          </Button>
        )}
      </span>
    </section>
  );
}
