import type { SourceRange } from "../../../contract/build-events.ts";
import { withoutEnd } from "../without-end.ts";

/** A Dockerfile as written: its name for messages, its physical lines without line ends and byte order mark. */
export interface SourceFile {
  name: string;
  lines: string[];
  /** by line, what ended it: here-documents keep it */
  ends: string[];
}

/** LF ends a line, carriage returns before it belong to the end; a byte order mark is dropped. */
export function sourceFile(name: string, text: string): SourceFile {
  const withoutMark = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const raw = withoutMark.split("\n");
  const lines = raw.map((line) => withoutEnd(line, "\r"));
  const ends = raw.map((line, index) => line.slice(lines[index]?.length) + (index < raw.length - 1 ? "\n" : ""));
  return { name, lines, ends };
}

/** How many lines around a range an excerpt shows. */
const contextLines = 2;

/** The lines around `range` with their numbers; lines of the range are marked `>>>`. */
export function excerptOf(source: SourceFile, range: SourceRange): string {
  const first = Math.max(1, range.startLine - contextLines);
  const last = Math.min(source.lines.length, range.endLine + contextLines);
  const width = String(last).length;
  const shown: string[] = [];
  for (let line = first; line <= last; line++) {
    const marker = line >= range.startLine && line <= range.endLine ? ">>>" : "   ";
    shown.push(`${String(line).padStart(width)} | ${marker} ${source.lines[line - 1] ?? ""}`.trimEnd());
  }
  while (shown.at(-1)?.endsWith("|") === true) {
    shown.pop();
  }
  return shown.join("\n");
}

/** The range of one whole physical line. */
export function lineRange(source: SourceFile, line: number): SourceRange {
  const length = source.lines[line - 1]?.length ?? 0;
  return { startLine: line, startColumn: 1, endLine: line, endColumn: length + 1 };
}
