/** strconv.Atoi, strconv.ParseInt: of `text`, which is no number. */
export function goNumberError(text: string, parser: "Atoi" | "ParseInt"): string {
  return `strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`;
}
