"use client";
import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { flushSync } from "react-dom";
import type { ContainerAction } from "#contract/playground-api.ts";
import { chooseLanguage, chosenLanguage, type Language, languageNames } from "../../lib/language.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Icon } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { commandGroups, commandTable } from "./command-table.ts";
import type { CommandRunners } from "./command-table.ts";
import { Keys } from "./keys.tsx";

const text = messages.commands;
/** More would only be scrolled past: who looks for one types its name. */
const shownFiles = 200;

/** Everything that can be done, found by its name; and every file. */
export default function CommandPalette({
  runners,
  onOpen,
  onClose,
}: {
  runners: CommandRunners;
  /** opens a file */
  onOpen: (path: string) => void;
  onClose: () => void;
}): ReactNode {
  const { files } = useWorkspace();
  const entries = useStore(files.entries) ?? [];
  const [opener] = useState(() => (document.activeElement instanceof HTMLElement ? document.activeElement : undefined));
  const chosen = useRef(false);
  const choose = (run: () => void): void => {
    chosen.current = true;
    flushSync(onClose);
    // Where the learner was is where a dialog that opens now goes back to.
    opener?.focus();
    run();
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[oklch(15%_0.02_240/45%)]" />
        <Radix.Content
          aria-describedby={undefined}
          className="rise fixed top-[12vh] left-1/2 z-50 w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-panel shadow-float"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (!chosen.current) opener?.focus();
          }}
        >
          <Radix.Title className="sr-only">{text.palette}</Radix.Title>
          <Command label={text.palette} loop filter={(_value, typed, [name = ""] = []) => fitOf(name, typed)}>
            <div className="flex items-center gap-2 border-b border-line px-3">
              <Icon name="search" className="text-ink-faint" />
              <Command.Input
                placeholder={text.placeholder}
                className="h-11 min-w-0 flex-1 bg-transparent outline-none placeholder:text-ink-faint"
              />
            </div>
            <Command.List label={text.palette} className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5">
              {commandGroups.map((group) => (
                <Group key={group} heading={text.groups[group]}>
                  {commandTable
                    .filter((each) => each.group === group && each.id !== "palette")
                    .map(({ id, keys }) => {
                      const run = runners[id];
                      return run === undefined ? null : (
                        <Item key={id} value={id} name={text.titles[id]} onSelect={() => choose(run)}>
                          {keys && <Keys keys={keys.slice(0, 1)} />}
                        </Item>
                      );
                    })}
                  {group === "view" && <Languages choose={choose} />}
                  {group === "containers" && <Containers choose={choose} />}
                  {group === "files" &&
                    entries
                      .filter(({ kind }) => kind === "file")
                      .slice(0, shownFiles)
                      .map(({ path }) => (
                        <Item
                          key={path}
                          value={`file ${path}`}
                          name={text.openFile({ path })}
                          onSelect={() => choose(() => onOpen(path))}
                        />
                      ))}
                </Group>
              ))}
            </Command.List>
            {/* A list of options must not hold it. */}
            <div role="status">
              <Command.Empty className="px-3.5 pt-1 pb-4 text-ink-soft">{text.nothing}</Command.Empty>
            </div>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

type Choose = (run: () => void) => void;

/** What its row offers for each of them. */
function Containers({ choose }: { choose: Choose }): ReactNode {
  const { containers, documents, terminals } = useWorkspace();
  const list = useStore(containers.list) ?? [];
  const leaving = useStore(containers.removals.pending);
  if (!documents.mayEdit) return null;
  return list
    .filter(({ id }) => !leaving.has(id))
    .flatMap((container) => {
      const { id, name, state } = container;
      const act = (action: ContainerAction) => () => void containers.act(id, action);
      const words = messages.containers;
      const isOver = state === "exited" || state === "created" || state === "dead";
      const actions: [string, () => void][] = isOver
        ? [[words.start, act("start")]]
        : [
            [words.stop, act("stop")],
            [words.restart, act("restart")],
          ];
      if (state === "running") actions.unshift([words.terminal, () => void terminals.open(id)]);
      actions.push([words.remove, () => containers.removals.ask(container)]);
      return actions.map(([action, run]) => (
        <Item
          key={`${id} ${action}`}
          value={`container ${id} ${action}`}
          name={text.ofContainer({ name, action })}
          onSelect={() => choose(run)}
        />
      ));
    });
}

function Languages({ choose }: { choose: Choose }): ReactNode {
  const { notices } = useWorkspace();
  const chosen = chosenLanguage();
  const speak = async (language: Language): Promise<void> => {
    if (!(await chooseLanguage(language))) notices.show("error", messages.preferences.unreached);
  };
  return (Object.entries(languageNames) as [Language, string][])
    .filter(([code]) => code !== chosen)
    .map(([code, language]) => (
      <Item
        key={code}
        value={`language ${code}`}
        name={text.speak({ language })}
        onSelect={() => choose(() => void speak(code))}
      />
    ));
}

/** 0: not meant. Every word that was typed stands in the name; a name that begins with them is meant most. */
function fitOf(name: string, typed: string): number {
  const lower = name.toLowerCase();
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => lower.includes(word))) return 0;
  return lower.startsWith(typed.trim().toLowerCase()) ? 1 : 0.5;
}

function Group({ heading, children }: { heading: string; children: ReactNode }): ReactNode {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-faint"
    >
      {children}
    </Command.Group>
  );
}

function Item({
  value,
  name,
  onSelect,
  children,
}: {
  /** its identity; what is typed is looked for in the name alone */
  value: string;
  name: string;
  onSelect: () => void;
  children?: ReactNode;
}): ReactNode {
  return (
    <Command.Item
      value={value}
      keywords={[name]}
      onSelect={onSelect}
      className="flex cursor-pointer items-center justify-between gap-3 rounded-md px-2 py-1.5 data-[selected=true]:bg-raised"
    >
      <span className="min-w-0 truncate">{name}</span>
      {children}
    </Command.Item>
  );
}
