/**
 * What is logged as one entry. Paths and names in it come from learners: none of them steers the terminal in which the
 * operator reads it, or passes for an entry of its own.
 */
export function logEntry(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, "?").replaceAll("\n", "\n    ");
}
