import { diffLines } from "diff";
import type * as Y from "yjs";

/** Beyond this many different lines a change is taken as one piece. */
const mostEdits = 2000;
/** ms for finding the differences */
const mostTime = 200;

/** Makes the text another one with few edits, so that cursors and what others write meanwhile keep their places. */
export function editText(text: Y.Text, wanted: string): void {
  const before = text.toString();
  if (before === wanted) return;
  const edits = lineEdits(before, wanted) ?? [trimmed(0, before, wanted)];
  // From the end on: what is before an edit stays where it is.
  for (const { at, removed, added } of edits.toReversed()) {
    if (removed > 0) text.delete(at, removed);
    if (added !== "") text.insert(at, added);
  }
}

interface Edit {
  at: number;
  /** characters */
  removed: number;
  added: string;
}

function lineEdits(before: string, after: string): Edit[] | undefined {
  const parts = diffLines(before, after, { maxEditLength: mostEdits, timeout: mostTime });
  if (parts === undefined) return undefined;
  const edits: Edit[] = [];
  let at = 0;
  for (let index = 0; index < parts.length;) {
    let [removed, added] = ["", ""];
    for (; parts[index]?.removed === true || parts[index]?.added === true; index++) {
      if (parts[index]?.removed === true) removed += parts[index]?.value ?? "";
      else added += parts[index]?.value ?? "";
    }
    if (removed !== "" || added !== "") edits.push(trimmed(at, removed, added));
    else at += parts[index++]?.value.length ?? 0;
    at += removed.length;
  }
  return edits;
}

/** Without what both have at their beginning and end; never in the middle of a surrogate pair. */
function trimmed(at: number, before: string, after: string): Edit {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) start--;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  if (end > 0 && isLowSurrogate(before.charCodeAt(before.length - end))) end--;
  return { at: at + start, removed: before.length - start - end, added: after.slice(start, after.length - end) };
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdb_ff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc_00 && code <= 0xdf_ff;
}
