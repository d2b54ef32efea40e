"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Dialog, DialogScroll } from "../ui/dialog.tsx";
import { commandGroups, commandTable } from "./command-table.ts";
import { Keys } from "./keys.tsx";

const text = messages.commands;

/** All keys there are, by where they count. */
export default function ShortcutsDialog({ onClose }: { onClose: () => void }): ReactNode {
  const groups = commandGroups
    .map((group) => ({ group, entries: commandTable.filter((each) => each.group === group && each.keys) }))
    .filter(({ entries }) => entries.length > 0);
  return (
    <Dialog title={text.shortcuts} description={text.shortcutsHelp} onClose={onClose}>
      <DialogScroll label={text.shortcuts} className="space-y-4">
        {groups.map(({ group, entries }) => (
          <section key={group} aria-label={text.groups[group]}>
            <h3 className="mb-1 text-xs font-semibold text-ink-soft">{text.groups[group]}</h3>
            <dl>
              {entries.map(({ id, keys = [] }) => (
                <div key={id} className="flex items-baseline justify-between gap-4 border-b border-line py-1">
                  <dt>{text.titles[id]}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </DialogScroll>
    </Dialog>
  );
}
