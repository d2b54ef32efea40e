import type { SourceRange } from "../../../contract/build-events.ts";
import { syntaxError } from "../build-error.ts";
import { mistake } from "../mistake.ts";
import { didYouMean } from "../../../contract/suggest.ts";
import { withoutEnd } from "../without-end.ts";
import { lineRange, type SourceFile } from "./source.ts";
import { trimStart } from "./white-space.ts";

/** Parser directives (Dockerfile reference, Parser directives). */
export interface Directives {
  /** the frontend image asked for; recorded, the built-in one is used */
  syntax?: string;
  escape: string;
  /** of the build checks, as written */
  check?: string;
}

export interface ParsedDirectives {
  directives: Directives;
  /** how many lines they take: those are no comments */
  lines: number;
  /** of the `check` directive */
  checkRange: SourceRange | undefined;
}

/** White space is ASCII's behind the name (Go's \s), any before it. */
const pattern = /^#\s*([A-Za-z][A-Za-z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^]+)$/;
const known = ["syntax", "escape", "check"];

/**
 * Reads the directives at the very top: the first line that is not one ends them, so a later `# escape=` is a comment.
 * Behind a `#!` line `syntax` and `check` still count, `escape` does not.
 * @throws BuildError for a repeated directive or an escape that is neither `\` nor a backtick
 */
export function parseDirectives(source: SourceFile): ParsedDirectives {
  const directives: Directives = { escape: "\\" };
  const seen = new Set<string>();
  const first = source.lines[0]?.startsWith("#!") === true ? 1 : 0;
  let checkRange: SourceRange | undefined;
  let index = first;
  for (; index < source.lines.length; index++) {
    const match = pattern.exec(trimStart(source.lines[index] ?? ""));
    const name = match?.[1]?.toLowerCase() ?? "";
    const [value = ""] = withoutEnd(match?.[2] ?? "", "\t\n\f\r ").split(name === "escape" ? "\n" : " ");
    if (!known.includes(name)) {
      break;
    }
    const range = lineRange(source, index + 1);
    if (seen.has(name)) {
      const text = `only one ${name} parser directive can be used`;
      throw syntaxError(text, source, range, {
        ...mistake({ kind: "unreadable", text }),
        hint: `remove one of the "# ${name}=" lines`,
      });
    }
    seen.add(name);
    if (name === "escape" && first === 0) {
      if (value !== "\\" && value !== "`") {
        const text = `invalid escape token '${value}' does not match \` or \\`;
        throw syntaxError(text, source, range, {
          ...mistake({ kind: "unreadable", text }),
          hint: "write # escape=` for Windows paths, or leave the line out",
        });
      }
      directives.escape = value;
    } else if (name === "syntax") {
      directives.syntax = value;
    } else if (name === "check") {
      directives.check = value;
      checkRange = range;
    }
  }
  return { directives, lines: index, checkRange };
}

/** A comment at the top that was meant as a directive: its name, and what was probably meant. */
export function misspeltDirective(comment: string): string | undefined {
  const name = pattern.exec(comment)?.[1]?.toLowerCase();
  return name === undefined || known.includes(name) ? undefined : didYouMean(name, known) || undefined;
}
