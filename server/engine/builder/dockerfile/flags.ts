import type { SourceRange } from "../../../contract/build-events.ts";
import { syntaxError } from "../build-error.ts";
import { mistake } from "../mistake.ts";
import type { Fragment, LogicalLine } from "./logical-line.ts";
import type { SourceFile } from "./source.ts";
import { closest, didYouMean } from "../../../contract/suggest.ts";
import { isSpace } from "./white-space.ts";

/** One `--name=value` before the arguments. */
export interface Flag {
  name: string;
  value: string | undefined;
  range: SourceRange;
}

/** What kind of value an instruction's flag takes; `list` flags may be repeated. */
export type FlagKind = "value" | "list" | "boolean";

/** The flags that an instruction takes; `ignored`: whatever is there is skipped, as Docker does. */
export type KnownFlags = Record<string, FlagKind> | "ignored";

/** Takes the leading `--flags` off `fragment`, quotes and escapes resolved; a bare `--` ends them. */
export function takeFlags(fragment: Fragment, line: LogicalLine, escape: string): { flags: Flag[]; rest: Fragment } {
  const flags: Flag[] = [];
  let at = 0;
  for (;;) {
    while (at < fragment.text.length && isSpace(fragment.text.charAt(at))) {
      at++;
    }
    const rest = { text: fragment.text.slice(at), offset: fragment.offset + at };
    if (!rest.text.startsWith("--")) {
      return { flags, rest };
    }
    const { word, length } = readWord(rest.text, escape);
    at += length;
    if (word === "--") {
      return { flags, rest: { text: fragment.text.slice(at), offset: fragment.offset + at } };
    }
    const equals = word.indexOf("=");
    flags.push({
      name: word.slice(2, equals < 0 ? undefined : equals),
      value: equals < 0 ? undefined : word.slice(equals + 1),
      range: line.range(rest.offset, rest.offset + length),
    });
  }
}

/** The first word; here an escape counts within single quotes too. */
function readWord(text: string, escape: string): { word: string; length: number } {
  let word = "";
  let quote = "";
  let index = 0;
  for (; index < text.length; index++) {
    const char = text.charAt(index);
    if (quote === "" && isSpace(char)) {
      break;
    }
    if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
    } else if (char === quote) {
      quote = "";
    } else if (char === escape) {
      index++;
      word += text.charAt(index);
    } else {
      word += char;
    }
  }
  return { word, length: Math.min(index, text.length) };
}

/** The flags of one instruction, checked against what it knows when the first one is asked for. */
export class FlagSet {
  readonly #keyword: string;
  readonly #written: readonly Flag[];
  readonly #known: KnownFlags;
  readonly #source: SourceFile;
  #checked: Map<string, Flag[]> | undefined;

  constructor(keyword: string, flags: readonly Flag[], known: KnownFlags, source: SourceFile) {
    this.#keyword = keyword;
    this.#written = flags;
    this.#known = known;
    this.#source = source;
  }

  /** @throws BuildError for an unknown or repeated flag, a missing value, a boolean that is none */
  check(): void {
    this.#checked ??= this.#check();
  }

  /** Leaves them unread: whatever they are is no mistake. */
  ignore(): void {
    this.#checked = new Map();
  }

  get #flags(): Map<string, Flag[]> {
    return (this.#checked ??= this.#check());
  }

  #check(): Map<string, Flag[]> {
    const checked = new Map<string, Flag[]>();
    const known = this.#known;
    if (known === "ignored") {
      return checked;
    }
    for (const flag of this.#written) {
      const kind = Object.hasOwn(known, flag.name) ? known[flag.name] : undefined;
      if (kind === undefined) {
        throw unknownFlag(this.#keyword, flag, Object.keys(known), this.#source);
      }
      const same = checked.get(flag.name) ?? [];
      if (same.length > 0 && kind !== "list") {
        throw syntaxError(`duplicate flag specified: --${flag.name}`, this.#source, flag.range, {
          hint: `keep one --${flag.name}`,
        });
      }
      checkValue(flag, kind, this.#source);
      checked.set(flag.name, [...same, flag]);
    }
    return checked;
  }

  /** An empty value is none. */
  value(name: string): string | undefined {
    const value = this.#flags.get(name)?.[0]?.value;
    return value === "" ? undefined : value;
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

function checkValue(flag: Flag, kind: FlagKind, source: SourceFile): void {
  const missing = kind === "boolean" ? flag.value === "" : flag.value === undefined;
  if (missing) {
    throw syntaxError(`missing a value on flag: --${flag.name}`, source, flag.range, {
      hint: kind === "boolean" ? `write --${flag.name}, or --${flag.name}=false` : `write it as --${flag.name}=VALUE`,
    });
  }
  if (kind === "boolean" && !["true", "false", undefined].includes(flag.value?.toLowerCase())) {
    throw syntaxError(`expecting boolean value for flag --${flag.name}, not: ${flag.value}`, source, flag.range, {
      hint: `write --${flag.name}, or --${flag.name}=false`,
    });
  }
}

function unknownFlag(keyword: string, flag: Flag, known: string[], source: SourceFile): Error {
  const hint =
    known.length === 0
      ? `${keyword} takes no flags`
      : `${keyword} knows ${known.map((name) => `--${name}`).join(", ")}`;
  const meant = closest(flag.name, known);
  return syntaxError(`unknown flag: --${flag.name}${didYouMean(flag.name, known)}`, source, flag.range, {
    hint,
    ...mistake({ kind: "unknown-flag", line: flag.range.startLine, flag: flag.name, meant }),
  });
}
