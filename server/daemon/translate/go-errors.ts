/** strconv.Atoi, strconv.ParseInt: of `text`, which is no number, or too large a one. */
export function goNumberError(
  text: string,
  parser: "Atoi" | "ParseInt",
  why: "invalid syntax" | "value out of range" = "invalid syntax",
): string {
  return `strconv.${parser}: parsing ${JSON.stringify(text)}: ${why}`;
}
