/**
 * What Go's encoding/json says of text that is no JSON, and of JSON of another shape: dockerd passes it on, and clients
 * compare it.
 */

/** Deepest nesting that is read. Go's is 10,000; no request needs that, and a stranger's must not fill the stack. */
const deepest = 1_000;

/** Most values in one text, unless told: each takes fifty times its two letters, and what a request asks for is kept. */
export const mostValues = 50_000;

class SyntaxProblem extends Error {}

/** The first value in a text, as a `json.Decoder` finds it: what follows it is not looked at. */
class Scanner {
  readonly #text: string;
  readonly #mostValues: number;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string, most: number) {
    this.#text = text;
    this.#mostValues = most;
  }

  get offset(): number {
    return this.#at;
  }

  /** @throws SyntaxProblem in Go's words; with an empty message where the text ends too early */
  value(): void {
    if (++this.#values > this.#mostValues) {
      throw new SyntaxProblem(`more than ${this.#mostValues} values in one JSON text`);
    }
    this.space();
    const next = this.#text[this.#at];
    if (next === "{") this.#object();
    else if (next === "[") this.#array();
    else if (next === '"') this.#string();
    else if (next === "-" || (next !== undefined && /\d/.test(next))) this.#number();
    else if (next === "t" || next === "f" || next === "n") this.#word(next);
    else this.#fail("looking for beginning of value");
  }

  space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #object(): void {
    this.#enter();
    if (this.#skip("}")) return;
    do {
      this.space();
      if (this.#text[this.#at] !== '"') this.#fail("looking for beginning of object key string");
      this.#string();
      if (!this.#skip(":")) this.#fail("after object key");
      this.value();
    } while (this.#skip(","));
    if (!this.#skip("}")) this.#fail("after object key:value pair");
  }

  #array(): void {
    this.#enter();
    if (this.#skip("]")) return;
    do this.value();
    while (this.#skip(","));
    if (!this.#skip("]")) this.#fail("after array element");
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > deepest) throw new SyntaxProblem("exceeded max depth");
  }

  #string(): void {
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      const next = this.#text[this.#at];
      if (next === undefined || next < " ") this.#fail("in string literal");
      if (next === "\\") this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    this.#at++;
    const next = this.#text[this.#at];
    if (next === undefined || !'"\\/bfnrtu'.includes(next)) this.#fail("in string escape code");
    for (const _digit of next === "u" ? "0000" : "") {
      this.#at++;
      if (!/[\da-f]/i.test(this.#text[this.#at] ?? "")) this.#fail("in \\u hexadecimal character escape");
    }
  }

  #number(): void {
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text[this.#at] ?? "")) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? "")) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(where: string): void {
    if (!/\d/.test(this.#text[this.#at] ?? "")) this.#fail(where);
    while (/\d/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #word(first: "t" | "f" | "n"): void {
    const word = { t: "true", f: "false", n: "null" }[first];
    for (const letter of word) {
      if (this.#text[this.#at] !== letter) this.#fail(`in literal ${word} (expecting '${letter}')`);
      this.#at++;
    }
  }

  #skip(character: string): boolean {
    this.space();
    const there = this.#text[this.#at] === character;
    if (there) {
      this.#at++;
      if (character === "}" || character === "]") this.#depth--;
    }
    return there;
  }

  #fail(where: string): never {
    const codePoint = this.#text.codePointAt(this.#at);
    throw new SyntaxProblem(codePoint === undefined ? "" : `invalid character ${quoted(codePoint)} ${where}`);
  }
}

/** Go's quoteChar. */
function quoted(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}

/** The first JSON value of `text`, or what a `json.Decoder` says of it: `EOF` of nothing, `unexpected EOF` of a part. */
export function decodeGoJson(text: string, most = mostValues): { value: unknown; rest: string } | { problem: string } {
  const scanner = new Scanner(text, most);
  scanner.space();
  if (scanner.offset === text.length) {
    return { problem: "EOF" };
  }
  try {
    scanner.value();
    const end = scanner.offset;
    return { value: JSON.parse(text.slice(0, end)) as unknown, rest: text.slice(end).trimStart() };
  } catch (error) {
    if (error instanceof SyntaxProblem) {
      return { problem: error.message === "" ? "unexpected EOF" : error.message };
    }
    throw error;
  }
}

/** `json.Unmarshal`, which wants one value and nothing else: of `text`, which is not that. */
export function goJsonError(text: string): string {
  const decoded = decodeGoJson(text);
  if ("problem" in decoded) {
    return decoded.problem.endsWith("EOF") ? "unexpected end of JSON input" : decoded.problem;
  }
  return `invalid character ${quoted(decoded.rest.codePointAt(0) ?? 0)} after top-level value`;
}

/** Go's struct that a body is read into. */
export interface GoStruct {
  /** with its package: `volume.VolumeCreateBody` */
  type: string;
  /** structs of its fields, by their paths without indices: `{ "IPAM": "network.IPAM" }` */
  fields?: Readonly<Record<string, string>>;
}

/**
 * `json.UnmarshalTypeError` for the value at `path`.
 * @param wanted what was expected, in zod's words
 * @param names those of fields in `path`, as Go tells them: without the keys of maps (`fieldsOf` in fold-keys.ts)
 */
export function goTypeError(
  body: unknown,
  path: readonly PropertyKey[],
  wanted: string,
  struct: GoStruct,
  names = path.filter((part) => typeof part === "string"),
): string {
  const found = kindOf(path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], body));
  if (names.length === 0) {
    return `json: cannot unmarshal ${found} into Go value of type ${struct.type}`;
  }
  const outer = names.slice(0, -1).join(".");
  const owner = outer === "" ? struct.type : (struct.fields?.[outer] ?? struct.type);
  const type = struct.fields?.[names.join(".")] ?? goType(wanted);
  return `json: cannot unmarshal ${found} into Go struct field ${owner.replace(/^.*\./, "")}.${names.join(".")} of type ${type}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(wanted: string): string {
  switch (wanted) {
    case "boolean":
      return "bool";
    case "number":
    case "int":
      return "int64";
    case "array":
      return "[]string";
    case "record":
    case "object":
      return "map[string]string";
    default:
      return wanted;
  }
}
