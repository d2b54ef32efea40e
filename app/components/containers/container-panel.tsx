"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Empty, PaneHeader } from "../ui/empty.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ContainerOutputView } from "./container-output.tsx";
import { ContainerRow } from "./container-row.tsx";
import { RunDialog } from "./run-dialog.tsx";

/** Beneath the build: containers, and the output of the chosen one. */
export function ContainerPanel({ onTerminal }: { onTerminal: (container: string) => void }): ReactNode {
  const { containers, builds } = useWorkspace();
  const list = useStore(containers.list);
  const images = useStore(containers.images);
  const selectedId = useStore(containers.selected);
  const build = useStore(builds.shown);
  const [asking, setAsking] = useState(false);
  const selected = list?.find((container) => container.id === selectedId);
  const image = build?.summary.status === "completed" ? build.summary.tags[0] : undefined;
  const items: MenuItem[] = images
    .flatMap((each) => each.names.map((name) => ({ name, bytes: each.size })))
    .slice(0, 40)
    .map(({ name, bytes }) => ({
      label: name,
      detail: size(bytes),
      icon: "play",
      onSelect: () => void containers.run({ image: name }),
    }));
  return (
    <section aria-label={messages.containers.title} className="flex h-full min-h-0 flex-col bg-panel">
      <PaneHeader title={messages.containers.title}>
        <span onPointerEnter={() => void containers.refreshImages()} onFocus={() => void containers.refreshImages()}>
          <Menu
            trigger={<IconButton icon="plus" label={messages.containers.runCommand} />}
            title={messages.containers.images}
            groups={[
              items,
              [{ label: messages.containers.runCommand, icon: "terminal", onSelect: () => setAsking(true) }],
            ]}
          />
        </span>
      </PaneHeader>
      {list === undefined || list.length === 0 ? (
        <Empty
          icon="box"
          title={messages.containers.emptyTitle}
          text={image === undefined ? messages.containers.empty : messages.containers.emptyBuilt(image)}
        >
          {image !== undefined && (
            <Button icon="play" onClick={() => void containers.run({ image })}>
              {messages.actions.run}
            </Button>
          )}
        </Empty>
      ) : (
        <>
          <ul
            aria-label={messages.containers.list}
            className="max-h-[50%] shrink-0 overflow-y-auto border-b border-line p-1"
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
          {selected && <ContainerOutputView key={selected.id} container={selected} />}
        </>
      )}
      {asking && <RunDialog onClose={() => setAsking(false)} {...(image === undefined ? {} : { image })} />}
    </section>
  );
}
