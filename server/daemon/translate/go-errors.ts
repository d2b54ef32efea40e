/** What Go's packages say of text that cannot be read, as dockerd passes it on. */

/** encoding/json: of `text`, which is no JSON. */
export function goJsonError(text: string): string {
  const trimmed = text.trimStart();
  if (trimmed === "") {
    return "unexpected end of JSON input";
  }
  const [first = ""] = trimmed;
  if (!/[[{"\-\dtfn]/.test(first)) {
    return `invalid character '${first}' looking for beginning of value`;
  }
  return isCutShort(trimmed) ? "unexpected end of JSON input" : "invalid character in JSON input";
}

/** strconv.Atoi, strconv.ParseInt: of `text`, which is no number. */
export function goNumberError(text: string, parser: "Atoi" | "ParseInt"): string {
  return `strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`;
}

function isCutShort(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && /end of JSON input|Unterminated/.test(error.message);
  }
}
