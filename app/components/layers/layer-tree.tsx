"use client";
import { useEffect, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { Icon } from "../ui/icons.tsx";
import { VirtualRows } from "../ui/virtual-rows.tsx";
import type { LayerRow } from "./layer-rows.ts";

const text = messages.buildView.layers;
const rowHeight = 24;

interface LayerTreeProps {
  rows: readonly LayerRow[];
  label: string;
  /** bytes that the longest bar stands for */
  most: number;
  onToggle: (path: string, open: boolean) => void;
  onOpen: (row: LayerRow) => void;
}

/** The files of layers as a tree that works by keyboard (ARIA practices, tree view), however many there are. */
export function LayerTree({ rows, label, most, onToggle, onOpen }: LayerTreeProps): ReactNode {
  const [active, setActive] = useState(0);
  const at = Math.min(active, rows.length - 1);
  useEffect(() => setActive(0), [label]);
  const row = rows[at];
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moved(rows, at, event.key);
    if (next !== undefined) setActive(next);
    else if (event.key === "ArrowRight" && row?.open === false) onToggle(row.path, true);
    else if (event.key === "ArrowLeft" && row?.open === true) onToggle(row.path, false);
    else if ((event.key === "Enter" || event.key === " ") && row !== undefined) onOpen(row);
    else return;
    event.preventDefault();
  };
  return (
    <VirtualRows
      role="tree"
      data-scrolls="layer-files"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={row === undefined ? undefined : idOf(at)}
      onKeyDown={onKeyDown}
      count={rows.length}
      rowHeight={rowHeight}
      active={at}
      className="h-full min-h-40 py-0.5 text-xs outline-offset-[-2px]"
      renderRow={(index) => {
        const each = rows[index];
        return each === undefined ? null : (
          <Row
            row={each}
            id={idOf(index)}
            active={index === at}
            most={most}
            onPress={() => {
              setActive(index);
              onOpen(each);
            }}
          />
        );
      }}
    />
  );
}

const idOf = (index: number): string => `layer-row-${index}`;

/** Where a key leads; undefined: nowhere. */
function moved(rows: readonly LayerRow[], at: number, key: string): number | undefined {
  const row = rows[at];
  const last = rows.length - 1;
  switch (key) {
    case "ArrowDown":
      return Math.min(last, at + 1);
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "PageDown":
      return Math.min(last, at + 15);
    case "PageUp":
      return Math.max(0, at - 15);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowRight":
      return row?.open === true ? Math.min(last, at + 1) : undefined;
    case "ArrowLeft": {
      if (row === undefined || row.open === true) return undefined;
      const parent = rows.slice(0, at).findLastIndex(({ level }) => level < row.level);
      return parent < 0 ? undefined : parent;
    }
    default:
      return undefined;
  }
}

export const changeLooks = {
  added: { sign: "+", look: "text-good" },
  changed: { sign: "~", look: "text-warn" },
  deleted: { sign: "−", look: "text-bad" },
} as const;

interface RowProps {
  row: LayerRow;
  id: string;
  active: boolean;
  most: number;
  onPress: () => void;
}

function Row({ row, id, active, most, onPress }: RowProps): ReactNode {
  const { entry, note, level, open, label, position, among } = row;
  if (entry === undefined) {
    const what =
      note?.kind === "omitted"
        ? text.omitted({ count: note.count ?? 0 })
        : note?.kind === "empty"
          ? text.empty
          : note?.text;
    return (
      <div
        id={id}
        role="treeitem"
        aria-level={level}
        aria-selected={active}
        className={`truncate py-0.5 text-ink-faint ${active ? "bg-raised" : ""}`}
        style={indent(level)}
      >
        {what ?? text.loading}
      </div>
    );
  }
  const change = entry.change === undefined ? undefined : changeLooks[entry.change];
  const marks = [
    entry.change === undefined ? "" : text.change[entry.change],
    entry.changesBeneath ? text.beneath : "",
  ].filter(Boolean);
  const detail = [
    entry.files === undefined ? "" : text.files({ count: entry.files }),
    text.fromLayer({ layer: entry.layer + 1 }),
    `${entry.mode} ${entry.uid}:${entry.gid}`,
  ].filter(Boolean);
  return (
    // The tree takes the keys: its rows are what aria-activedescendant names.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={level}
      aria-setsize={among}
      aria-posinset={position}
      aria-selected={active}
      aria-expanded={open}
      title={[...marks, ...detail].join(" · ")}
      onClick={onPress}
      style={indent(level)}
      className={`flex h-6 cursor-pointer items-center gap-1.5 pr-3 hover:bg-raised ${active ? "bg-raised" : ""}`}
      data-change={entry.change}
    >
      <span aria-hidden="true" className={`w-2 text-center font-mono font-bold ${change?.look ?? "text-ink-faint"}`}>
        {change?.sign ?? (entry.changesBeneath ? "·" : "")}
      </span>
      {open === undefined ? (
        <Icon name={entry.kind === "symlink" ? "open" : "file"} className="size-3.5 text-ink-faint" />
      ) : (
        <Icon name={open ? "folderOpen" : "folder"} className="size-3.5 text-ink-soft" />
      )}
      <span
        className={`min-w-0 flex-1 truncate font-mono ${change?.look ?? ""} ${entry.change === "deleted" ? "line-through" : ""}`}
      >
        {label}
        {entry.target !== undefined && <span className="text-ink-faint"> → {entry.target}</span>}
        {entry.sameAs !== undefined && <span className="text-ink-faint"> = {entry.sameAs}</span>}
        {marks.length > 0 && <span className="sr-only"> {marks.join(", ")}</span>}
      </span>
      <SizeBar part={most === 0 ? 0 : entry.size / most} look={change?.look ?? "text-accent"} />
      <span className="w-14 text-right text-ink-soft tabular-nums">{size(entry.size)}</span>
      <span className="sr-only">{detail.join(", ")}</span>
    </div>
  );
}

function indent(level: number): { paddingLeft: string } {
  return { paddingLeft: `${6 + Math.min(level - 1, 16) * 14}px` };
}

/** How much of the whole it is, drawn. */
export function SizeBar({ part, look }: { part: number; look: string }): ReactNode {
  return (
    <svg aria-hidden="true" viewBox="0 0 48 8" preserveAspectRatio="none" className={`h-2 w-12 shrink-0 ${look}`}>
      <rect width="48" height="8" rx="2" className="fill-raised" />
      <rect
        width={Math.max(part > 0 ? 1 : 0, Math.min(1, part) * 48)}
        height="8"
        rx="2"
        fill="currentColor"
        opacity="0.6"
      />
    </svg>
  );
}
