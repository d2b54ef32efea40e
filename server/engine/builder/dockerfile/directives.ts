import { syntaxError } from "../build-error.ts";
import { lineRange, type SourceFile } from "./source.ts";

/** Parser directives (Dockerfile reference, Parser directives). */
export interface Directives {
  /** the frontend image asked for; recorded, the built-in one is used */
  syntax?: string;
  escape: string;
  check?: string;
}

const pattern = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$/;
const known = ["syntax", "escape", "check"];

/**
 * Reads the directives at the very top: the first line that is not one ends them, so a later `# escape=` is a comment.
 * @throws BuildError for a repeated directive or an escape that is neither `\` nor a backtick
 */
export function parseDirectives(source: SourceFile): Directives {
  const directives: Directives = { escape: "\\" };
  const seen = new Set<string>();
  const first = source.lines[0]?.startsWith("#!") === true ? 1 : 0;
  for (let index = first; index < source.lines.length; index++) {
    const match = pattern.exec((source.lines[index] ?? "").trimStart());
    const name = match?.[1]?.toLowerCase() ?? "";
    const value = match?.[2] ?? "";
    if (!known.includes(name)) {
      break;
    }
    if (seen.has(name)) {
      throw syntaxError(`only one ${name} parser directive can be used`, source, lineRange(source, index + 1), {
        hint: `remove one of the "# ${name}=" lines`,
      });
    }
    seen.add(name);
    if (name === "escape") {
      if (value !== "\\" && value !== "`") {
        throw syntaxError(
          `invalid escape token '${value}': it must be \\ or \` (a backtick)`,
          source,
          lineRange(source, index + 1),
        );
      }
      directives.escape = value;
    } else if (name === "syntax") {
      directives.syntax = value;
    } else {
      directives.check = value;
    }
  }
  return directives;
}
