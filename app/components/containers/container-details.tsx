"use client";
import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { ContainerLog } from "../container-logs/container-log.tsx";
import { part } from "../ui/part.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { detailTabs, isDetailTab } from "./containers-store.ts";
import type { DetailTab } from "./containers-store.ts";

const words = messages.running;

type View = (props: { container: ContainerView }) => ReactNode;

/** What is not asked for at once comes when it is first shown. */
const views: Record<DetailTab, View> = {
  log: ContainerLog,
  usage: part(async () => ({
    default: (await import("../container-usage/container-usage.tsx")).ContainerUsage,
  })) as View,
  files: part(async () => ({
    default: (await import("../container-files/container-files.tsx")).ContainerFiles,
  })) as View,
  processes: part(async () => ({
    default: (await import("../container-processes/container-processes.tsx")).ContainerProcesses,
  })) as View,
  anatomy: part(async () => ({ default: (await import("../anatomy/container-anatomy.tsx")).ContainerAnatomy })) as View,
  inspect: part(async () => ({ default: (await import("../inspect/container-inspect.tsx")).ContainerInspect })) as View,
};

/** Everything about the chosen container, a tab for each side of it. */
export function ContainerDetails({ container }: { container: ContainerView }): ReactNode {
  const { containers } = useWorkspace();
  const tab = useStore(containers.tab);
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(value) => isDetailTab(value) && containers.tab.set(value)}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Tabs.List
        aria-label={words.details.label(container)}
        className="flex h-8 shrink-0 items-stretch gap-0.5 overflow-x-auto border-b border-line px-1.5 [scrollbar-width:none]"
      >
        {detailTabs.map((each) => (
          <Tabs.Trigger
            key={each}
            value={each}
            className="shrink-0 border-b-2 border-transparent px-1.5 text-xs text-ink-soft -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {words.details.tabs[each]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {detailTabs.map((each) => {
        const View = views[each];
        return (
          <Tabs.Content
            key={each}
            value={each}
            data-scrolls={each}
            className="min-h-0 flex-1 overflow-auto -outline-offset-2"
          >
            <View container={container} />
          </Tabs.Content>
        );
      })}
    </Tabs.Root>
  );
}
