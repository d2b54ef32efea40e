/**
 * Texts with placeholders, in the little of ICU MessageFormat that the page needs: `{name}`, `{count, number}` and
 * `{count, plural, one {# file} other {# files}}`, where `#` is the number as it is written in the language. A branch
 * holds `#` or more than one word: a single one would be taken for a placeholder.
 */
export interface Catalogue {
  readonly [key: string]: string | Catalogue;
}

/** The same keys, whatever the texts. */
export type Shape<Of> = { readonly [Key in keyof Of]: Of[Key] extends string ? string : Shape<Of[Key]> };

/** A text is itself; one with placeholders is a function of their values. */
export type Messages<Of> = {
  readonly [Key in keyof Of]: Of[Key] extends string ? Message<Of[Key]> : Messages<Of[Key]>;
};
type Message<Text extends string> = [Placeholder<Text>] extends [never]
  ? string
  : (values: { readonly [Name in Placeholder<Text>]: string | number }) => string;
type Placeholder<Text extends string> = Text extends `${string}{${infer Rest}`
  ? (Rest extends `${infer Inside}}${string}` ? NameIn<Inside> : never) | Placeholder<Rest>
  : never;
type NameIn<Inside extends string> = Inside extends `${infer Name},${string}` ? Word<Name> : Word<Inside>;
type Word<Text extends string> = Text extends "" | `${string}${" " | "#"}${string}` ? never : Text;

type Values = Readonly<Record<string, string | number>>;
type Part = string | { name: string; isNumber?: boolean; branches?: ReadonlyMap<string, readonly Part[]> };

/** The texts of a catalogue, to be used. Numbers and plurals are as in `language` (BCP 47). */
export function bindMessages<Of extends object>(catalogue: Of, language: string): Messages<Of> {
  const bound = Object.entries(catalogue as unknown as Catalogue).map(([key, text]) => {
    if (typeof text !== "string") return [key, bindMessages(text, language)] as const;
    const parts = parseMessage(text);
    const isPlain = parts.every((part) => typeof part === "string");
    return [key, isPlain ? text : (values: Values) => format(parts, values, language)] as const;
  });
  return Object.fromEntries(bound) as Messages<Of>;
}

/** Names of the placeholders of a text, sorted: what a translation must have too. */
export function placeholdersOf(text: string): string[] {
  const names = (parts: readonly Part[]): string[] =>
    parts.flatMap((part) =>
      typeof part === "string" || part.name === "#"
        ? []
        : [part.name, ...[...(part.branches?.values() ?? [])].flatMap(names)],
    );
  return [...new Set(names(parseMessage(text)))].toSorted();
}

function format(parts: readonly Part[], values: Values, language: string, count = 0): string {
  const texts = parts.map((part) => {
    if (typeof part === "string") return part;
    if (part.name === "#") return new Intl.NumberFormat(language).format(count);
    const value = values[part.name];
    if (part.isNumber) return new Intl.NumberFormat(language).format(Number(value));
    if (part.branches === undefined) return String(value);
    const rule = new Intl.PluralRules(language).select(Number(value));
    return format(part.branches.get(rule) ?? part.branches.get("other") ?? [], values, language, Number(value));
  });
  return texts.join("");
}

/** @throws SyntaxError for braces that do not match, which the tests of the catalogues find */
function parseMessage(text: string): Part[] {
  const reader = { text, index: 0 };
  const parts = readParts(reader, false);
  if (reader.index < text.length) throw new SyntaxError(`a } too many: ${text}`);
  return parts;
}

function readParts(reader: { text: string; index: number }, inPlural: boolean): Part[] {
  const parts: Part[] = [];
  while (reader.index < reader.text.length && reader.text[reader.index] !== "}") {
    const literal = inPlural ? /[^{}#]+/y : /[^{}]+/y;
    literal.lastIndex = reader.index;
    const found = literal.exec(reader.text)?.[0];
    reader.index += found?.length ?? 1;
    if (found !== undefined) parts.push(found);
    else if (reader.text[reader.index - 1] === "#") parts.push({ name: "#" });
    else parts.push(readPlaceholder(reader));
  }
  return parts;
}

/** After its `{`. */
function readPlaceholder(reader: { text: string; index: number }): Part {
  const header = /(\w+)(?:\s*,\s*(?:(plural)\s*,|(number)))?\s*/y;
  header.lastIndex = reader.index;
  const [all = "", name = "", plural, number] = header.exec(reader.text) ?? [];
  reader.index += all.length;
  const branches = plural === undefined ? undefined : readBranches(reader);
  if (name === "" || reader.text[reader.index++] !== "}") throw new SyntaxError(`no placeholder: ${reader.text}`);
  return branches === undefined ? { name, isNumber: number !== undefined } : { name, branches };
}

function readBranches(reader: { text: string; index: number }): Map<string, Part[]> {
  const branches = new Map<string, Part[]>();
  while (reader.text[reader.index] !== "}") {
    const branch = /(\w+)\s*\{/y;
    branch.lastIndex = reader.index;
    const [opening = "", rule = ""] = branch.exec(reader.text) ?? [];
    reader.index += opening.length;
    branches.set(rule, readParts(reader, true));
    if (opening === "" || reader.text[reader.index++] !== "}") throw new SyntaxError(`a { too many: ${reader.text}`);
    while (reader.text[reader.index] === " ") reader.index++;
  }
  return branches;
}
