import type { DirectoryListing, FoundFiles, TreeEntry } from "#contract/image-files.ts";
import type { Loaded } from "./layers-store.ts";
import { joinPath } from "./layers-store.ts";

/** One line of the tree as it is shown. */
export interface LayerRow {
  path: string;
  /** from 1 */
  level: number;
  /** undefined: a note */
  entry?: TreeEntry;
  /** what is shown of its name: all of its path among what was found */
  label: string;
  open?: boolean;
  note?: { kind: "loading" | "error" | "omitted" | "empty"; text?: string; count?: number };
  position: number;
  among: number;
}

/** The open directories' entries, in order. */
export function rowsOf(
  listings: ReadonlyMap<string, Loaded<DirectoryListing>>,
  open: ReadonlySet<string>,
  path = "/",
  level = 1,
): LayerRow[] {
  const rows: LayerRow[] = [];
  const add = (row: Omit<LayerRow, "level">): void => void rows.push({ ...row, level });
  const { value, error } = listings.get(path) ?? {};
  if (value === undefined) {
    const note = error === undefined ? { kind: "loading" as const } : { kind: "error" as const, text: error };
    add({ path: `${path}\0`, label: "", note, position: 1, among: 1 });
    return rows;
  }
  for (const [index, entry] of value.entries.entries()) {
    const own = joinPath(path, entry.name);
    const isOpen = entry.kind === "directory" && open.has(own);
    const row = { path: own, entry, label: entry.name, position: index + 1, among: value.entries.length };
    add(entry.kind === "directory" ? { ...row, open: isOpen } : row);
    if (isOpen) for (const each of rowsOf(listings, open, own, level + 1)) rows.push(each);
  }
  const end = { path: `${path}\0`, label: "", position: 1, among: 1 };
  if (value.omitted > 0) add({ ...end, note: { kind: "omitted", count: value.omitted } });
  if (value.entries.length === 0) add({ ...end, note: { kind: "empty" } });
  return rows;
}

export function rowsOfFound({ entries }: FoundFiles): LayerRow[] {
  return entries.map((entry, index) => ({
    path: entry.path,
    level: 1,
    entry,
    label: entry.path,
    position: index + 1,
    among: entries.length,
  }));
}
