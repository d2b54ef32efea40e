"use client";
import { memo, useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { isDockerfile } from "./file-tree-model.ts";
import type { TreeRow } from "./file-tree-model.ts";

interface FileRowProps {
  row: TreeRow;
  selected: boolean;
  focusable: boolean;
  dropTarget: boolean;
  /** of one row at a time: the one that the keyboard reaches */
  menu: MenuItem[][] | undefined;
  /** its button was pressed */
  menuOpen: boolean;
  onMenu: (path: string | undefined) => void;
}

const indent = (depth: number): { paddingLeft: number } => ({ paddingLeft: 6 + depth * 14 });

/** Drawn again only when it has changed: thousands of them are scrolled by. What is done with it, the tree sees. */
export const FileRow = memo(function FileRow({
  row,
  selected,
  focusable,
  dropTarget,
  menu,
  menuOpen,
  onMenu,
}: FileRowProps): ReactNode {
  const { entry, name, depth, open, place, beside } = row;
  const more = { icon: "more", tabIndex: focusable ? 0 : -1, label: messages.files.actionsFor({ name }) } as const;
  const isDirectory = entry.kind === "directory";
  const look = selected ? "bg-accent-wash text-ink font-medium" : "text-ink-soft hover:bg-raised hover:text-ink";
  return (
    <div className="group relative" role="none">
      <div
        role="treeitem"
        data-path={entry.path}
        tabIndex={focusable ? 0 : -1}
        aria-label={name}
        aria-level={depth + 1}
        aria-posinset={place}
        aria-setsize={beside}
        aria-selected={selected}
        aria-expanded={isDirectory ? open : undefined}
        draggable
        style={indent(depth)}
        className={`flex h-7 cursor-pointer items-center gap-1.5 rounded-md pr-7 select-none ${look} ${dropTarget ? "ring-2 ring-accent" : ""}`}
      >
        {isDirectory ? (
          <Icon
            name="chevron"
            className={`-mx-0.5 size-3.5 text-ink-faint transition-transform ${open ? "rotate-90" : ""}`}
          />
        ) : (
          <Icon
            name={isDockerfile(entry.path) ? "box" : "file"}
            className={isDockerfile(entry.path) ? "text-accent" : "text-ink-faint"}
          />
        )}
        <span className="truncate">{name}</span>
        {/* Within the item, as a tree must; what happens in the menu is not meant for the item. */}
        <span
          role="none"
          onClick={(event) => event.stopPropagation()}
          onKeyDown={(event) => event.stopPropagation()}
          className={`absolute top-0.5 right-0.5 ${menuOpen ? "" : "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"}`}
        >
          {menu === undefined ? (
            <IconButton {...more} aria-haspopup="menu" onClick={() => onMenu(entry.path)} />
          ) : (
            <Menu
              trigger={<IconButton {...more} />}
              groups={menu}
              open={menuOpen}
              onOpenChange={(isOpen) => onMenu(isOpen ? entry.path : undefined)}
            />
          )}
        </span>
      </div>
    </div>
  );
});

interface NameRowProps {
  depth: number;
  kind: "file" | "directory";
  initial: string;
  /** undefined: given up */
  onDone: (name: string | undefined) => void;
}

/** A row while its name is typed. */
export function NameRow({ depth, kind, initial, onDone }: NameRowProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => {
    input.current?.focus();
    // The name without its ending is what one mostly changes.
    const dot = initial.lastIndexOf(".");
    input.current?.setSelectionRange(0, dot > 0 ? dot : initial.length);
  }, [initial]);
  const finish = (name: string | undefined): void => {
    if (done.current) return;
    done.current = true;
    onDone(name);
  };
  return (
    <div
      role="treeitem"
      aria-selected={false}
      tabIndex={-1}
      aria-level={depth + 1}
      className="flex h-7 items-center gap-1.5"
      style={indent(depth)}
    >
      <Icon name={kind === "file" ? "file" : "folder"} className="text-ink-faint" />
      <input
        ref={input}
        defaultValue={initial}
        aria-label={initial === "" ? messages.files.name : messages.files.nameFor({ name: initial })}
        spellCheck={false}
        className="h-6 min-w-0 flex-1 rounded border border-accent bg-ground px-1.5 outline-none"
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") finish(event.currentTarget.value.trim());
          if (event.key === "Escape") finish(undefined);
        }}
        onBlur={(event) => finish(event.currentTarget.value.trim() || undefined)}
      />
    </div>
  );
}
