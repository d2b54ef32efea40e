import type { Dockerfile, Warning } from "../../dockerfile/ast.ts";
import { misspeltDirective } from "../../dockerfile/directives.ts";
import { lineRange } from "../../dockerfile/source.ts";

/** MisspeltDirective: a comment among the first lines that is a directive but for a letter. */
export function directives({ source }: Dockerfile): Warning[] {
  const warnings: Warning[] = [];
  for (const [index, line] of source.lines.entries()) {
    const text = line.trimStart();
    if (!text.startsWith("#")) {
      break;
    }
    const suggestion = misspeltDirective(text);
    if (suggestion !== undefined) {
      const message = `"${text}" is a comment, not a directive${suggestion}`;
      warnings.push({ rule: "MisspeltDirective", message, range: lineRange(source, index + 1) });
    }
  }
  return warnings;
}
