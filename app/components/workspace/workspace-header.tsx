"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { errorText, openWorkspace } from "../../lib/api.ts";
import { ago, span } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { ShareDialog } from "../share/share-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { ThemeMenu } from "../ui/theme.tsx";
import { ExampleDialog } from "./example-dialog.tsx";
import { RenameDialog } from "./rename-dialog.tsx";
import { useWorkspace } from "./workspace-context.tsx";

export function WorkspaceHeader({ onBuild }: { onBuild: () => void }): ReactNode {
  const { builds, containers } = useWorkspace();
  const build = useStore(builds.shown);
  const starting = useStore(builds.starting);
  const changed = useStore(builds.changed);
  const [sharing, setSharing] = useState(false);
  const building = starting || build?.summary.status === "running";
  const image = build?.summary.status === "completed" ? build.summary.tags[0] : undefined;
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-panel px-3">
      <Icon name="logo" className="size-5 text-accent" />
      <h1 className="font-semibold tracking-tight max-[900px]:sr-only">{messages.product.name}</h1>
      <span className="mx-0.5 h-4 w-px bg-line-strong max-[900px]:hidden" aria-hidden="true" />
      <WorkspaceMenu />
      <span className="ml-auto" />
      <ThemeMenu />
      <Button look="ghost" icon="share" aria-label={messages.actions.share} onClick={() => setSharing(true)}>
        <span className="max-[900px]:sr-only">{messages.actions.share}</span>
      </Button>
      <Button
        icon="play"
        disabled={image === undefined || building}
        title={changed && image !== undefined ? messages.build.changed : undefined}
        onClick={() => image !== undefined && void containers.run({ image })}
      >
        {messages.actions.run}
      </Button>
      <Button
        look="primary"
        aria-label={messages.actions.build}
        aria-keyshortcuts="Control+Enter Meta+Enter"
        disabled={building}
        onClick={onBuild}
        className="min-w-20 justify-center"
      >
        {building ? <Spinner className="-ml-0.5" /> : <Icon name="hammer" className="-ml-0.5" />}
        {messages.actions.build}
      </Button>
      {sharing && <ShareDialog onClose={() => setSharing(false)} />}
    </header>
  );
}

function WorkspaceMenu(): ReactNode {
  const { view, api, notices } = useWorkspace();
  const { id, name, all, stopAfter, timeToLive } = useStore(view);
  const [renaming, setRenaming] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const create = async (): Promise<void> => {
    try {
      location.assign(`/w/${(await openWorkspace({ fresh: true })).id}`);
    } catch (error) {
      notices.show("error", errorText(error));
    }
  };
  return (
    <>
      <Menu
        align="start"
        title={messages.workspace.yours}
        note={messages.workspace.lives(span(stopAfter), span(timeToLive))}
        trigger={
          <button
            type="button"
            aria-label={`${messages.workspace.menu}: ${name}`}
            className="flex h-7 min-w-0 items-center gap-1 rounded-md px-1.5 hover:bg-raised"
          >
            <span className="truncate">{name}</span>
            <Icon name="down" className="size-3.5 text-ink-faint" />
          </button>
        }
        groups={[
          all.slice(0, 12).map((each) => ({
            label: each.name,
            detail: ago(each.lastActiveAt),
            checked: each.id === id,
            onSelect: () => each.id !== id && location.assign(`/w/${each.id}`),
          })),
          [
            { label: messages.workspace.rename, icon: "file", onSelect: () => setRenaming(true) },
            { label: messages.workspace.create, icon: "plus", onSelect: () => void create() },
            { label: messages.examples.menu, icon: "layers", onSelect: () => setChoosing(true) },
          ],
        ]}
      />
      {choosing && <ExampleDialog onClose={() => setChoosing(false)} />}
      {renaming && (
        <RenameDialog
          name={name}
          onClose={() => setRenaming(false)}
          onRename={async (next) => {
            setRenaming(false);
            try {
              view.set(await api.rename(next));
            } catch (error) {
              notices.show("error", errorText(error));
            }
          }}
        />
      )}
    </>
  );
}
