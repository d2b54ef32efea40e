"use client";
import type { ReactNode } from "react";
import { clock } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Coming, Empty } from "../ui/empty.tsx";
import type { ImageToRun } from "../build/image-to-run.ts";
import { useImageToRun } from "../build/use-image-to-run.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ContainerDetails } from "./container-details.tsx";
import { ContainerRow } from "./container-row.tsx";
import { StartFailureCard } from "./start-failure-card.tsx";

/** The containers, and everything about the chosen one. */
export function ContainersView({ onTerminal }: { onTerminal: (container: string) => void }): ReactNode {
  const { containers, builds } = useWorkspace();
  const list = useStore(containers.list);
  const selectedId = useStore(containers.selected);
  const wished = useStore(builds.wished);
  const notStarted = useStore(containers.notStarted);
  const failure = notStarted && (
    <StartFailureCard {...notStarted} onDismiss={() => containers.notStarted.set(undefined)} />
  );
  const selected = list?.find((container) => container.id === selectedId);
  const toRun = useImageToRun();
  if (list === undefined || list.length === 0) {
    return (
      <div className="flex h-full min-h-0 flex-col overflow-y-auto">
        {failure ??
          (wished ? (
            <Coming text={messages.containers.wished} />
          ) : list === undefined ? (
            <Coming text={messages.running.details.loading} />
          ) : (
            <NoContainers toRun={toRun} />
          ))}
      </div>
    );
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      {failure}
      <ul
        aria-label={messages.containers.list}
        data-scrolls="containers"
        className="max-h-[40%] shrink-0 overflow-y-auto border-b border-line p-1"
      >
        {list.map((container) => (
          <ContainerRow
            key={container.id}
            container={container}
            selected={container.id === selectedId}
            onTerminal={onTerminal}
          />
        ))}
      </ul>
      {selected && <ContainerDetails key={selected.id} container={selected} />}
    </div>
  );
}

function NoContainers({ toRun }: { toRun: ImageToRun | undefined }): ReactNode {
  const { containers } = useWorkspace();
  const words = messages.containers;
  const { image, earlier } = toRun ?? {};
  const built = earlier
    ? messages.build.earlierImage({ when: clock(earlier.startedAt) })
    : image && words.emptyBuilt({ image });
  return (
    <Empty icon="box" title={words.emptyTitle} text={built ?? words.empty}>
      {image !== undefined && (
        <Button icon="play" needs="editor" onClick={() => void containers.run({ image })}>
          {messages.actions.run}
        </Button>
      )}
    </Empty>
  );
}
