/** Names come from learners: none of theirs steers the operator's terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
