"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { workstation } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { part } from "../ui/part.tsx";
import { useKeyboardFocus } from "../panes/use-keyboard-focus.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { RenewDialog } from "./renew-dialog.tsx";
import { besideOf } from "./terminal-splits.ts";
import type { TerminalTab } from "./terminals-store.ts";
import { WorkstationMaking } from "./workstation-making.tsx";

const TerminalView = part(() => import("./terminal-view.tsx"));

/** Beneath the editor: terminals, each in a tab. All of them stay alive; one is seen, or those it was split into. */
export function TerminalPanel(): ReactNode {
  const { terminals, containers } = useWorkspace();
  const tabs = useStore(terminals.tabs);
  const active = useStore(terminals.active);
  const opening = useStore(terminals.opening);
  const beside = besideOf(useStore(terminals.splits), active);
  const shown = tabs.find(({ id }) => id === active);
  const list = useStore(containers.list) ?? [];
  const names = useStore(containers.names);
  // Until the names have come nothing is claimed; one without a name is gone.
  const nameOf = (container: string): string =>
    names === undefined
      ? messages.terminals.title
      : (names.get(container) ?? (containers.isWorkstation(container) ? workstation : container.slice(0, 12)));
  const titleOf = ({ container, step, use }: TerminalTab): string =>
    step === undefined ? (use ?? nameOf(container)) : messages.terminals[step.at]({ instruction: step.instruction });
  const { byKeyboard, ...focus } = useKeyboardFocus();
  const [searching, setSearching] = useState(false);
  const places: MenuItem[] = [
    { label: workstation, icon: "terminal", needs: "editor", onSelect: () => void terminals.open() },
    ...list
      .filter((container) => container.state === "running")
      .map((container): MenuItem => ({
        label: container.name,
        icon: "box",
        needs: "editor",
        onSelect: () => void terminals.open(container.id),
      })),
  ];
  return (
    <section aria-label={messages.terminals.title} className="flex h-full min-h-0 flex-col bg-panel">
      <div data-bar className="flex h-9 shrink-0 items-stretch gap-1 border-b border-line pr-1.5">
        <h2
          className={tabs.length > 0 ? "sr-only" : "self-center pl-3 text-xs font-semibold tracking-wide text-ink-soft"}
        >
          {messages.terminals.title}
        </h2>
        <ul aria-label={messages.terminals.tabs} className="flex min-w-0 flex-1 overflow-x-auto [scrollbar-width:none]">
          {tabs.map((tab) => (
            <li
              key={tab.id}
              className={`group flex items-center border-r border-line pr-1 ${tab.id === active ? "text-ink shadow-[inset_0_-2px_0_var(--accent)]" : "bg-ground text-ink-soft hover:text-ink"}`}
            >
              <button
                type="button"
                aria-current={tab.id === active ? "page" : undefined}
                className="flex h-full max-w-40 items-center gap-1.5 truncate pr-1 pl-3"
                onClick={() => terminals.show(tab.id)}
              >
                <Icon name={tab.step === undefined ? "terminal" : "layers"} className="size-3.5 text-ink-faint" />
                <span className="truncate">{titleOf(tab)}</span>
              </button>
              <IconButton
                icon="close"
                className="size-5"
                needs="editor"
                label={messages.terminals.close({ name: titleOf(tab) })}
                onClick={() => terminals.close(tab.id, titleOf(tab))}
              />
            </li>
          ))}
        </ul>
        <div className="flex items-center gap-0.5">
          {byKeyboard && (
            <span className="px-1 text-2xs whitespace-nowrap text-ink-soft" data-testid="leave-hint">
              {messages.workspace.leaveHint}
            </span>
          )}
          {opening && <Spinner className="mx-1 text-ink-faint" />}
          {shown !== undefined && (
            <IconButton
              icon="split"
              label={messages.terminals.split}
              needs="editor"
              disabled={opening || !terminals.canSplit(shown)}
              onClick={() => void terminals.split()}
            />
          )}
          {tabs.length > 0 && (
            <IconButton
              icon="search"
              label={messages.terminals.search}
              onClick={() => setSearching((before) => !before)}
            />
          )}
          <Menu
            trigger={<IconButton icon="plus" label={messages.terminals.open} />}
            title={messages.terminals.openIn}
            groups={[
              places,
              [
                {
                  label: messages.terminals.renew,
                  icon: "restart",
                  needs: "editor",
                  onSelect: () => terminals.renewal.set({}),
                },
              ],
            ]}
          />
        </div>
      </div>
      {tabs.length === 0 ? (
        <Empty icon="terminal" title={messages.terminals.emptyTitle} text={messages.terminals.empty}>
          <div className="grid justify-items-center gap-3">
            <Button icon="terminal" needs="editor" disabled={opening} onClick={() => void terminals.open()}>
              {opening ? messages.terminals.starting : messages.terminals.start}
            </Button>
            {opening && <WorkstationMaking />}
          </div>
        </Empty>
      ) : (
        <div
          className="relative grid min-h-0 flex-1 auto-cols-[minmax(0,1fr)] grid-flow-col grid-rows-[minmax(0,1fr)] bg-terminal max-[900px]:auto-rows-[minmax(0,1fr)] max-[900px]:grid-flow-row max-[900px]:grid-rows-none"
          {...focus}
        >
          {tabs.map((tab) => (
            <TerminalView
              key={tab.id}
              id={tab.id}
              title={titleOf(tab)}
              container={tab.container}
              inStep={tab.step !== undefined}
              active={tab.id === active}
              place={beside.indexOf(tab.id)}
              searching={searching}
              onSearchEnd={() => setSearching(false)}
            />
          ))}
        </div>
      )}
      <RenewDialog />
    </section>
  );
}
