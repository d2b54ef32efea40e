"use client";
import { Tabs } from "radix-ui";
import type { ComponentType, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { type BuildView, buildViews } from "../build/builds-store.ts";
import { part } from "../ui/part.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const text = messages.buildView.tabs;

/** What is not looked at at once comes when it is first shown. */
const panels: Record<Exclude<BuildView, "steps">, ComponentType<object>> = {
  timeline: part(() => import("../timeline/timeline-panel.tsx")),
  layers: part(() => import("../layers/layers-panel.tsx")),
  compare: part(() => import("../compare/compare-panel.tsx")),
  experiment: part(() => import("../experiment/experiment-panel.tsx")),
};

/** The shown build: its steps, and what else there is to see of it. */
export function BuildViews({ children }: { children: ReactNode }): ReactNode {
  const { builds } = useWorkspace();
  const view = useStore(builds.view);
  return (
    <Tabs.Root
      value={view}
      onValueChange={(chosen) => builds.view.set(chosen as BuildView)}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Tabs.List aria-label={text.label} className="flex shrink-0 gap-0.5 overflow-x-auto border-b border-line px-1.5">
        {buildViews.map((each) => (
          <Tabs.Trigger
            key={each}
            value={each}
            data-guided={each}
            className="h-8 shrink-0 border-b-2 border-transparent px-2 text-xs text-ink-soft outline-offset-[-2px] hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {text[each]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {buildViews.map((each) => {
        const Panel = each === "steps" ? undefined : panels[each];
        return (
          <Tabs.Content
            key={each}
            value={each}
            data-scrolls={Panel === undefined ? each : undefined}
            className={`min-h-0 flex-1 ${Panel === undefined ? "overflow-y-auto" : ""}`}
            tabIndex={-1}
          >
            {Panel === undefined ? children : <Panel />}
          </Tabs.Content>
        );
      })}
    </Tabs.Root>
  );
}
