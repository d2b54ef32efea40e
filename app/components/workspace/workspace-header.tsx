"use client";
import type { ReactNode } from "react";
import { ago, clock, span } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import type { ImageToRun } from "../build/image-to-run.ts";
import { useImageToRun } from "../build/use-image-to-run.ts";
import type { CommandRunners } from "../commands/command-table.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import type { IconName } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { PeopleBar } from "../together/people-bar.tsx";
import { PreferencesMenu } from "../ui/preferences-menu.tsx";
import { useWorkspace } from "./workspace-context.tsx";

export function WorkspaceHeader({ runners }: { runners: CommandRunners }): ReactNode {
  const { builds, containers } = useWorkspace();
  const build = useStore(builds.shown);
  const starting = useStore(builds.starting);
  const changed = useStore(builds.changed);
  const building = starting || build?.summary.status === "running";
  const toRun = useImageToRun();
  const image = toRun?.image;
  const runNote = building ? undefined : noteOf(toRun, { isBuilt: build !== undefined, changed: changed === true });
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-panel px-3 max-[900px]:gap-1 max-[900px]:px-2">
      <Icon name="logo" className="size-5 text-accent max-[480px]:hidden" />
      <h1 className="font-semibold tracking-tight max-[900px]:sr-only">{messages.product.name}</h1>
      <span className="mx-0.5 h-4 w-px bg-line-strong max-[900px]:hidden" aria-hidden="true" />
      <WorkspaceMenu runners={runners} />
      <span className="ml-auto" />
      <IconButton
        icon="help"
        label={messages.commands.shortcuts}
        aria-keyshortcuts="?"
        // A phone has no keys to cut short, and no room to spare.
        className="size-7 max-[600px]:hidden"
        onClick={runners.shortcuts}
      />
      <PeopleBar onOpen={runners.together} />
      <PreferencesMenu />
      <Button look="ghost" icon="share" aria-label={messages.actions.share} needs="editor" onClick={runners.share}>
        <span className="max-[900px]:sr-only">{messages.actions.share}</span>
      </Button>
      <Button
        icon="play"
        data-guided="run"
        // A phone has no room for their pictures beside the workspace's name.
        className="max-[480px]:[&>svg]:hidden"
        needs="editor"
        disabled={image === undefined || building}
        title={runNote}
        onClick={() => image !== undefined && void containers.run({ image })}
      >
        {messages.actions.run}
      </Button>
      <Button
        look="primary"
        data-guided="build"
        aria-label={messages.actions.build}
        aria-keyshortcuts="Control+Enter Meta+Enter"
        needs="editor"
        disabled={building}
        onClick={runners.build}
        className="min-w-20 justify-center max-[600px]:min-w-0"
      >
        {building ? <Spinner className="-ml-0.5" /> : <Icon name="hammer" className="-ml-0.5 max-[480px]:hidden" />}
        {messages.actions.build}
      </Button>
    </header>
  );
}

/** What there is to say of Run before it is pressed. */
function noteOf(
  toRun: ImageToRun | undefined,
  { isBuilt, changed }: { isBuilt: boolean; changed: boolean },
): string | undefined {
  if (toRun === undefined) return isBuilt ? messages.build.noImage : messages.build.nothingToRun;
  if (toRun.earlier !== undefined) return messages.build.earlierImage({ when: clock(toRun.earlier.startedAt) });
  return changed ? messages.build.changed : undefined;
}

function WorkspaceMenu({ runners }: { runners: CommandRunners }): ReactNode {
  const { view } = useWorkspace();
  const { id, name, role, all, stopAfter, timeToLive } = useStore(view);
  const item = (label: string, icon: IconName, run: (() => void) | undefined): MenuItem => ({
    label,
    icon,
    onSelect: () => run?.(),
  });
  return (
    <Menu
      align="start"
      title={messages.workspace.yours}
      note={messages.workspace.lives({ stop: span(stopAfter), end: span(timeToLive) })}
      trigger={
        <button
          type="button"
          aria-label={`${messages.workspace.menu}: ${name}`}
          title={name}
          className="flex h-7 min-w-0 items-center gap-1 rounded-md px-1.5 hover:bg-raised max-[600px]:h-10"
        >
          <span className="truncate max-[480px]:text-xs">{name}</span>
          <Icon name="down" className="size-3.5 shrink-0 text-ink-faint" />
        </button>
      }
      groups={[
        all.slice(0, 12).map((each) => ({
          label: each.name,
          detail: [...(each.role === "owner" ? [] : [messages.together.roles[each.role]]), ago(each.lastActiveAt)].join(
            ", ",
          ),
          checked: each.id === id,
          onSelect: () => each.id !== id && location.assign(`/w/${each.id}`),
        })),
        [
          { ...item(messages.workspace.rename, "file", runners.renameWorkspace), needs: "owner" },
          item(messages.workspace.create, "plus", runners.newWorkspace),
          item(messages.examples.menu, "layers", runners.newFromExample),
          item(messages.limits.menu, "box", runners.limits),
          item(messages.commands.palette, "search", runners.palette),
        ],
        role === "owner"
          ? [{ ...item(messages.workspace.deletion.menu, "trash", runners.deleteWorkspace), danger: true }]
          : [],
      ]}
    />
  );
}
