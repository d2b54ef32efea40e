import { structuredPatch } from "diff";
import type { SnippetFile } from "#contract/playground-api.ts";

/** One line of a comparison, with its sign. */
export interface ChangedLine {
  kind: "added" | "removed" | "same" | "gap";
  text: string;
}

export interface FileChange {
  path: string;
  kind: "added" | "removed" | "changed";
  added: number;
  removed: number;
  /** undefined: it is no text */
  lines: ChangedLine[] | undefined;
}

/** Lines of a comparison that are shown of one file. */
const mostLines = 2000;

/** How the files of one version differ from those of the one before. */
export function compareFiles(before: readonly SnippetFile[], after: readonly SnippetFile[]): FileChange[] {
  const paths = [...new Set([...before, ...after].map(({ path }) => path))].toSorted();
  return paths.flatMap((path): FileChange[] => {
    const [old, now] = [before, after].map((files) => files.find((file) => file.path === path));
    if (old?.content === now?.content && old?.encoding === now?.encoding) return [];
    const kind = old === undefined ? "added" : now === undefined ? "removed" : "changed";
    const isText = (old?.encoding ?? "utf8") === "utf8" && (now?.encoding ?? "utf8") === "utf8";
    const lines = isText ? compareTexts(old?.content ?? "", now?.content ?? "") : undefined;
    const count = (wanted: ChangedLine["kind"]): number => lines?.filter((line) => line.kind === wanted).length ?? 0;
    return [{ path, kind, added: count("added"), removed: count("removed"), lines: lines?.slice(0, mostLines) }];
  });
}

function compareTexts(before: string, after: string): ChangedLine[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 3 });
  return hunks.flatMap((hunk, index): ChangedLine[] => [
    ...(index === 0 ? [] : [{ kind: "gap" as const, text: "⋯" }]),
    ...hunk.lines.flatMap((line): ChangedLine[] => {
      if (line.startsWith("\\")) return [];
      const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
      return [{ kind, text: line.slice(1) }];
    }),
  ]);
}
