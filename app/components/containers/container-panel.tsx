"use client";
import { Tabs } from "radix-ui";
import type { ComponentType, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { EnlargeButton, type EnlargeProps } from "../panes/enlarge-button.tsx";
import { part } from "../ui/part.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ContainersView } from "./containers-view.tsx";
import { runningViews } from "./containers-store.ts";
import type { RunningView } from "./containers-store.ts";
import { RunMenu } from "./run-menu.tsx";

const words = messages.running;

interface ContainerPanelProps extends EnlargeProps {
  onTerminal: (container: string) => void;
}

/** What is not looked at at once comes when it is first shown. */
const others: Record<Exclude<RunningView, "containers">, ComponentType<object>> = {
  compose: part(async () => ({ default: (await import("../compose/compose-view.tsx")).ComposeView })),
  networks: part(async () => ({ default: (await import("../networks/networks-view.tsx")).NetworksView })),
  requests: part(async () => ({ default: (await import("../requests/requests-view.tsx")).RequestsView })),
};

/** Beneath the build: what runs, how it hangs together, and what was asked of the engine for it. */
export function ContainerPanel({ onTerminal, enlarged, onEnlarge }: ContainerPanelProps): ReactNode {
  const { containers, dialog } = useWorkspace();
  const view = useStore(containers.view);
  return (
    <section aria-label={messages.containers.title} className="h-full min-h-0 bg-panel">
      <h2 className="sr-only">{messages.containers.title}</h2>
      <Tabs.Root
        value={view}
        onValueChange={(value) => containers.view.set(runningViews.find((each) => each === value) ?? "containers")}
        className="flex h-full min-h-0 flex-col"
      >
        <div className="flex h-9 shrink-0 items-stretch gap-1 border-b border-line pr-1.5 pl-1.5">
          <Tabs.List
            aria-label={words.views.label}
            className="mr-auto flex min-w-0 items-stretch overflow-x-auto [scrollbar-width:none]"
          >
            {runningViews.map((each) => (
              <Tabs.Trigger
                key={each}
                value={each}
                className="shrink-0 px-1.5 text-xs font-semibold tracking-wide text-ink-faint -outline-offset-2 hover:text-ink data-[state=active]:text-ink-soft data-[state=active]:shadow-[inset_0_-2px_0_var(--accent)]"
              >
                {words.views[each]}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <span className="flex items-center gap-1">
            <RunMenu onAsk={() => dialog.set("run")} />
            <EnlargeButton enlarged={enlarged} onEnlarge={onEnlarge} />
          </span>
        </div>
        {runningViews.map((each) => {
          const Other = each === "containers" ? undefined : others[each];
          return (
            <Tabs.Content
              key={each}
              value={each}
              tabIndex={-1}
              className="min-h-0 flex-1 outline-none data-[state=active]:flex data-[state=active]:flex-col"
            >
              {Other === undefined ? <ContainersView onTerminal={onTerminal} /> : <Other />}
            </Tabs.Content>
          );
        })}
      </Tabs.Root>
    </section>
  );
}
