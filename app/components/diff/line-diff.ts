import { structuredPatch } from "diff";

export interface DiffLine {
  kind: "same" | "removed" | "added" | "gap";
  text: string;
  /** counted from 1 */
  before?: number;
  after?: number;
}

export interface LineDiff {
  lines: DiffLine[];
  removed: number;
  added: number;
}

/** Changes above which a comparison takes too long to be of use. */
const mostChanges = 4000;

/** The lines that differ with three around each; undefined when nearly all of them do. */
export function lineDiff(before: string, after: string): LineDiff | undefined {
  const patch = structuredPatch("", "", before, after, "", "", { context: 3, maxEditLength: mostChanges });
  if (patch === undefined) return undefined;
  const diff: LineDiff = { lines: [], removed: 0, added: 0 };
  for (const hunk of patch.hunks) {
    if (hunk.oldStart > 1 || hunk.newStart > 1) diff.lines.push({ kind: "gap", text: "" });
    let [old, now] = [hunk.oldStart, hunk.newStart];
    for (const line of hunk.lines) {
      const text = line.slice(1);
      if (line.startsWith("-")) {
        diff.lines.push({ kind: "removed", text, before: old++ });
        diff.removed++;
      } else if (line.startsWith("+")) {
        diff.lines.push({ kind: "added", text, after: now++ });
        diff.added++;
      } else if (line.startsWith(" ")) {
        diff.lines.push({ kind: "same", text, before: old++, after: now++ });
      }
    }
  }
  return diff;
}

/** How many lines a reader would say have changed: a replaced one counts once. */
export function changedLines({ removed, added }: LineDiff): number {
  return Math.max(removed, added);
}
