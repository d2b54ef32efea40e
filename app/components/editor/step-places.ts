import type { SourceRange } from "#contract/build-events.ts";
import type { BuildStep } from "../build/build-state.ts";

/**
 * Where the instructions of a build are in a text that may have been edited since, by the ids of their steps: where they
 * were, else the nearest line with the very same instruction. What is changed or gone has no place, and no line two.
 * @param lines of the text, without their ends
 */
export function placesOf(lines: readonly string[], steps: readonly BuildStep[]): Map<string, SourceRange> {
  const places = new Map<string, SourceRange>();
  const taken = new Set<number>();
  const wanted = steps.flatMap(({ vertex: { id, range, instruction } }) =>
    range === undefined ? [] : [{ id, range, instruction }],
  );
  const take = (id: string, range: SourceRange, start: number): void => {
    taken.add(start);
    places.set(id, { ...range, startLine: start, endLine: range.endLine + start - range.startLine });
  };
  for (const { id, range, instruction } of wanted) {
    if (isAt(lines, range, range.startLine, instruction)) take(id, range, range.startLine);
  }
  for (const { id, range, instruction } of wanted) {
    if (places.has(id)) continue;
    const starts = lines.map((_, index) => index + 1).toSorted((a, b) => away(a, range) - away(b, range));
    const start = starts.find((each) => !taken.has(each) && isAt(lines, range, each, instruction));
    if (start !== undefined) take(id, range, start);
  }
  return places;
}

export function isWithin(line: number, { startLine, endLine }: SourceRange): boolean {
  return startLine <= line && line <= endLine;
}

function away(line: number, { startLine }: SourceRange): number {
  return Math.abs(line - startLine);
}

/** Whether as many lines from `start` on are the instruction; what here-documents hold may be another by now. */
function isAt(
  lines: readonly string[],
  { startLine, endLine }: SourceRange,
  start: number,
  instruction: string,
): boolean {
  const end = start + endLine - startLine;
  const text = lines.slice(start - 1, end);
  // One that is longer now.
  if (goesOn(text.at(-1) ?? "") && !goesOn(instruction) && lines.slice(end).some(isText)) return false;
  const wanted = plain(instruction);
  const found = plain(
    text
      .filter((line, index) => index === 0 || isText(line))
      .map((line) => line.replace(continued, ""))
      .join(""),
  );
  return wanted.includes("<<") ? found.startsWith(wanted) : found === wanted;
}

const isText = (line: string): boolean => !/^\s*(?:#|$)/.test(line);
const continued = /[\\`]\s*$/;
const goesOn = (line: string): boolean => continued.test(line);

/** As written but for its white space and marks of continuation, whichever of the two they are. */
function plain(text: string): string {
  return text.replaceAll(/[\\`]/g, "").replaceAll(/\s+/g, " ").trim();
}
