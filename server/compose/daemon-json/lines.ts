/**
 * The line (from 1) on which each value of a JSON text has its key, by the key's path (`log-opts.max-size`; elements of
 * arrays by their index).
 * @param text valid JSON
 */
export function linesOfKeys(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,\n]/g);
  /** where we are: a key, or an index; undefined: the next text is a key */
  const path: (string | number | undefined)[] = [];
  let line = 1;
  let lastText = "";
  for (const [token] of tokens) {
    const inner = path.at(-1);
    if (token === "\n") line++;
    else if (token === "{") path.push(undefined);
    else if (token === "[") {
      path.push(0);
      lines.set(path.join("."), line);
    } else if (token === "}" || token === "]") path.pop();
    else if (token === ":") {
      path[path.length - 1] = lastText;
      lines.set(path.join("."), line);
    } else if (token === ",") {
      path[path.length - 1] = typeof inner === "number" ? inner + 1 : undefined;
      if (typeof inner === "number") lines.set(path.join("."), line);
    } else {
      lastText = JSON.parse(token) as string;
      if (typeof inner === "number") lines.set(path.join("."), line);
    }
  }
  return lines;
}
