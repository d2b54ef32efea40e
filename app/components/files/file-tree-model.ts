import type { FileEntry } from "#contract/extension-api.ts";

export interface TreeRow {
  entry: FileEntry;
  name: string;
  depth: number;
  open: boolean;
  /** its place among those beside it, from 1, and how many those are: not all of them are in the document */
  place: number;
  beside: number;
}

/** px of each line of the tree */
export const rowHeight = 28;

/** A name that is being typed: of something new, or a new one. */
export type Editing = { kind: "file" | "directory"; directory: string } | { kind: "rename"; path: string };

/** A line of the tree: a file or directory, or the field for a name. */
export type TreeLine =
  | { row: TreeRow; name?: undefined }
  | { row?: undefined; name: { depth: number; kind: "file" | "directory"; initial: string } };

/** The rows in sight: directories first, then by name; what lies in closed directories is left out. */
export function visibleRows(entries: FileEntry[], open: ReadonlySet<string>): TreeRow[] {
  const children = new Map<string, FileEntry[]>();
  for (const entry of entries) {
    const parent = parentOf(entry.path);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [entry]);
    else siblings.push(entry);
  }
  const rows: TreeRow[] = [];
  const visit = (parent: string, depth: number): void => {
    const siblings = (children.get(parent) ?? []).toSorted(compare);
    for (const [index, entry] of siblings.entries()) {
      const isOpen = entry.kind === "directory" && open.has(entry.path);
      const place = { place: index + 1, beside: siblings.length };
      rows.push({ entry, name: nameOf(entry.path), depth, open: isOpen, ...place });
      if (isOpen) visit(entry.path, depth + 1);
    }
  };
  visit("", 0);
  return rows;
}

/** The rows, with the field for a name in its place. */
export function linesOf(rows: readonly TreeRow[], editing: Editing | undefined): TreeLine[] {
  if (editing === undefined) return rows.map((row) => ({ row }));
  if (editing.kind === "rename") {
    return rows.map((row) => {
      if (row.entry.path !== editing.path) return { row };
      const kind = row.entry.kind === "directory" ? "directory" : "file";
      return { name: { depth: row.depth, kind, initial: row.name } };
    });
  }
  const { kind, directory } = editing;
  const at = rows.findIndex(({ entry }) => entry.path === directory);
  const field: TreeLine = { name: { depth: directory === "" ? 0 : (rows[at]?.depth ?? -1) + 1, kind, initial: "" } };
  const lines: TreeLine[] = rows.map((row) => ({ row }));
  return lines.toSpliced(directory === "" ? 0 : at + 1, 0, field);
}

export function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** The open directories, with those in which this lies. */
export function withParents(open: ReadonlySet<string>, path: string): ReadonlySet<string> {
  const all = new Set(open);
  for (let parent = parentOf(path); parent !== ""; parent = parentOf(parent)) all.add(parent);
  return all.size === open.size ? open : all;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/** `Dockerfile`, `Dockerfile.dev`, `dev.Dockerfile`, in any directory */
export function isDockerfile(path: string): boolean {
  return /^(Dockerfile(\..+)?|.+\.dockerfile|Containerfile)$/i.test(nameOf(path));
}

/** What a workspace begins with: its Dockerfile; where several lie in directories, what is said about them. */
export function firstToRead(paths: readonly string[]): string | undefined {
  const top = paths.filter((path) => !path.includes("/"));
  const readme = top.find((path) => /^readme(\.\w+)?$/i.test(path));
  return top.find(isDockerfile) ?? readme ?? paths.find(isDockerfile) ?? paths[0];
}

const alphabet = new Intl.Collator("en");

function compare(a: FileEntry, b: FileEntry): number {
  const directories = Number(b.kind === "directory") - Number(a.kind === "directory");
  return directories || alphabet.compare(a.path, b.path);
}
