import type { FileEntry } from "#contract/extension-api.ts";

/** More is not kept for who wants it back. */
export const mostEntries = 200;
export const mostBytes = 4 << 20;

/**
 * What must be made again to bring back a file or a directory, outer ones first; undefined: it cannot be, being too much,
 * or more than plain files (links, programs).
 */
export function restorable(entries: readonly FileEntry[], path: string): FileEntry[] | undefined {
  const within = entries.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
  const isPlain = within.every(({ kind, executable }) => kind === "directory" || (kind === "file" && !executable));
  const bytes = within.reduce((sum, { size }) => sum + size, 0);
  if (!isPlain || within.length > mostEntries || bytes > mostBytes) return undefined;
  return within.toSorted((a, b) => a.path.split("/").length - b.path.split("/").length);
}
