import type { Text } from "yjs";

/** Makes the text another one by changing what lies between what both have at their beginning and end. */
export function replaceText(text: Text, wanted: string): void {
  const before = text.toString();
  if (before === wanted) return;
  const { start, removed, added } = difference(before, wanted);
  if (removed > 0) text.delete(start, removed);
  if (added !== "") text.insert(start, added);
}

/** The one piece that makes a text another one; never half a surrogate pair. */
export function difference(before: string, after: string): { start: number; removed: number; added: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  if (/[\uD800-\uDBFF]/.test(before[start - 1] ?? "")) start--;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  if (end > 0 && /[\uDC00-\uDFFF]/.test(before[before.length - end] ?? "")) end--;
  return { start, removed: before.length - start - end, added: after.slice(start, after.length - end) };
}
