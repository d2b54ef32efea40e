"use client";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { keywordOf } from "../build/build-state.ts";
import { useImageToRun } from "../build/use-image-to-run.ts";
import { useTouch } from "../panes/use-narrow.ts";
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

interface GuideText {
  text: string;
  /** what it is about can be shown */
  canShow: boolean;
  /** of the Dockerfile that was built */
  line?: number | undefined;
}

/** What a place says of the files that there are now, which may be others than the starter's. */
function useGuideText(place: GuidePlace): GuideText {
  const { builds, containers } = useWorkspace();
  const shown = useStore(builds.shown);
  const toRun = useImageToRun();
  const touch = useTouch();
  const ports = (useStore(containers.list) ?? []).flatMap((container) => container.ports);
  const port = ports.find(({ protocol, loopback }) => protocol === "tcp" && loopback === undefined)?.port;
  switch (place) {
    case "build":
      return { text: words.steps.build({ keys: touch ? "" : words.keys }), canShow: true };
    case "again": {
      const run = shown?.steps.findLast((step) => keywordOf(step) === "RUN");
      const text = run === undefined ? words.againAnyhow : words.steps.again;
      return { text, canShow: true, line: run?.vertex.range?.startLine };
    }
    case "layers":
      return { text: words.steps.layers, canShow: shown !== undefined };
    case "run":
      return { text: words.steps.run, canShow: toRun !== undefined };
    case "open":
      return { text: port === undefined ? words.openWhen : words.open({ port }), canShow: port !== undefined };
    default:
      return { text: words.end, canShow: false };
  }
}

/** A strip above the panes: it lies over nothing, takes no focus, and goes on by itself when something was done. */
export function Guide({ show }: { show: (pane: Pane) => void }): ReactNode {
  const { guide, builds } = useWorkspace();
  const place = useStore(guide.place);
  const { text, canShow, line } = useGuideText(place);
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
    if (line !== undefined) builds.revealLine(line, true);
    document.querySelector<HTMLElement>(`[data-guided=${place}]`)?.focus();
  };
  return (
    <section
      aria-label={words.label}
      data-testid="guide"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-wash px-3 py-1.5 max-[600px]:py-1"
    >
      <span className="flex items-center gap-1 max-[600px]:order-1" aria-hidden="true">
        {guideSteps.map((step, index) => (
          <span
            key={step}
            className={`h-1.5 rounded-full ${step === place ? "w-4" : "w-1.5"} ${index < at ? "bg-accent" : "bg-line-strong"}`}
          />
        ))}
      </span>
      <p role="status" className="min-w-0 flex-1 basis-72 text-pretty max-[600px]:basis-full max-[600px]:text-xs">
        <span className="sr-only">{isStep(place) ? words.progress({ step: at, count }) : ""} </span>
        {text}
      </p>
      <span className="ml-auto flex items-center gap-1 max-[600px]:order-1">
        {isStep(place) ? (
          <>
            {canShow && <Button onClick={showPlace}>{words.show}</Button>}
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
