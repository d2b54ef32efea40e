import type { SourceRange } from "../../../contract/build-events.ts";
import { syntaxError } from "../build-error.ts";
import type { Fragment, LogicalLine } from "./logical-line.ts";
import { closest } from "./suggest.ts";
import type { SourceFile } from "./source.ts";
import { splitWords } from "./words.ts";

/** One `--name=value` before the arguments. */
export interface Flag {
  name: string;
  value: string | undefined;
  range: SourceRange;
}

/** What kind of value an instruction's flag takes; `list` flags may be repeated. */
export type FlagKind = "value" | "list" | "boolean";

/** Takes the leading `--flags` off `fragment`; a bare `--` ends them. */
export function takeFlags(fragment: Fragment, line: LogicalLine, escape: string): { flags: Flag[]; rest: Fragment } {
  const flags: Flag[] = [];
  let rest = fragment;
  for (const word of splitWords(fragment, escape)) {
    if (!word.text.startsWith("--")) {
      rest = { text: line.text.slice(word.offset), offset: word.offset };
      return { flags, rest };
    }
    const end = word.offset + word.text.length;
    rest = { text: line.text.slice(end), offset: end };
    if (word.text === "--") {
      break;
    }
    const text = unquote(word.text.slice(2), escape);
    const equals = text.indexOf("=");
    flags.push({
      name: equals < 0 ? text : text.slice(0, equals),
      value: equals < 0 ? undefined : text.slice(equals + 1),
      range: line.range(word.offset, end),
    });
  }
  return { flags, rest };
}

function unquote(text: string, escape: string): string {
  let result = "";
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === escape && index + 1 < text.length && quote !== "'") {
      index++;
      result += text.charAt(index);
    } else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
    } else if (char === quote) {
      quote = "";
    } else {
      result += char;
    }
  }
  return result;
}

/** The flags of one instruction, checked against what it knows. */
export class FlagSet {
  readonly #flags = new Map<string, Flag[]>();

  /** @throws BuildError for an unknown or repeated flag, a missing value, a boolean that is none */
  constructor(keyword: string, flags: Flag[], known: Record<string, FlagKind>, source: SourceFile) {
    for (const flag of flags) {
      const kind = Object.hasOwn(known, flag.name) ? known[flag.name] : undefined;
      if (kind === undefined) {
        throw unknownFlag(keyword, flag, Object.keys(known), source);
      }
      if (kind !== "boolean" && (flag.value === undefined || flag.value === "")) {
        throw syntaxError(`missing a value on flag: --${flag.name}`, source, flag.range, {
          hint: `write it as --${flag.name}=VALUE`,
        });
      }
      if (kind === "boolean" && !["true", "false", undefined].includes(flag.value?.toLowerCase())) {
        throw syntaxError(`expecting boolean value for flag --${flag.name}, not: ${flag.value}`, source, flag.range);
      }
      const same = this.#flags.get(flag.name) ?? [];
      if (same.length > 0 && kind !== "list") {
        throw syntaxError(`duplicate flag specified: --${flag.name}`, source, flag.range);
      }
      this.#flags.set(flag.name, [...same, flag]);
    }
  }

  value(name: string): string | undefined {
    return this.#flags.get(name)?.[0]?.value;
  }

  list(name: string): Flag[] {
    return this.#flags.get(name) ?? [];
  }

  boolean(name: string): boolean {
    const flag = this.#flags.get(name)?.[0];
    return flag !== undefined && flag.value?.toLowerCase() !== "false";
  }

  range(name: string): SourceRange | undefined {
    return this.#flags.get(name)?.[0]?.range;
  }
}

function unknownFlag(keyword: string, flag: Flag, known: string[], source: SourceFile): Error {
  const match = closest(flag.name, known);
  const hint =
    known.length === 0
      ? `${keyword} takes no flags`
      : `${keyword} knows ${known.map((name) => `--${name}`).join(", ")}`;
  const suggestion = match === undefined ? "" : ` (did you mean ${match}?)`;
  return syntaxError(`unknown flag: --${flag.name}${suggestion}`, source, flag.range, { hint });
}
