/**
 * A text without those of `characters` that it ends with. In place of `/[ab]+$/`, which tries each beginning of each row of
 * them anew: in a stranger's text a million of them, with something else behind, would take it an hour.
 */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
