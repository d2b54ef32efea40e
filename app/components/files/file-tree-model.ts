import type { FileEntry } from "#contract/extension-api.ts";

export interface TreeRow {
  entry: FileEntry;
  name: string;
  depth: number;
  open: boolean;
}

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
    for (const entry of (children.get(parent) ?? []).toSorted(compare)) {
      const isOpen = entry.kind === "directory" && open.has(entry.path);
      rows.push({ entry, name: nameOf(entry.path), depth, open: isOpen });
      if (isOpen) visit(entry.path, depth + 1);
    }
  };
  visit("", 0);
  return rows;
}

export function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
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

function compare(a: FileEntry, b: FileEntry): number {
  const directories = Number(b.kind === "directory") - Number(a.kind === "directory");
  return directories || a.path.localeCompare(b.path, "en");
}
