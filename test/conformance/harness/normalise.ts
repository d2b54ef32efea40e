/** One step's answer. JSON is a value, other text a string. */
export interface Answer {
  status: number;
  stdout: unknown;
  stderr: unknown;
}

const zeroTime = "0001-01-01T00:00:00Z";
const privateAddress = /\b(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d{1,3}){2,3}\b(?!\.\d)/g;
const nameKeys = new Set(["name", "Name", "Names"]);
const firstEphemeralPort = 32_768;

/** Keys whose numbers are sizes, moments or process ids: only whether there is one is compared. */
const masked: Record<string, string> = {
  Size: "<size>",
  VirtualSize: "<size>",
  SizeRw: "<size>",
  SizeRootFs: "<size>",
  SharedSize: "<size>",
  LayersSize: "<size>",
  Created: "<time>",
  CreatedAt: "<time>",
  time: "<time>",
  timeNano: "<time>",
  mtime: "<time>",
  Pid: "<pid>",
};

/**
 * Takes out of answers what is never the same twice. The same id always becomes the same placeholder, numbered by first
 * appearance, so that which is which goes on being compared. One for a whole session.
 */
export class Normaliser {
  readonly #numbers = new Map<string, string>();
  readonly #literals: [string, string][];
  readonly #ownWords: string;

  /**
   * @param literals what to replace, e.g. a directory's path, longest first
   * @param ownWords the session's text: addresses in it are not replaced
   */
  constructor(literals: readonly (readonly [string, string])[], ownWords: string) {
    this.#literals = literals.map(([from, to]): [string, string] => [from, to]).filter(([from]) => from !== "");
    this.#ownWords = ownWords;
  }

  /** What a program wrote: JSON, or lines of it, becomes values. */
  output(
    text: string,
    options: { mask?: readonly string[] | undefined; unordered?: boolean | undefined } = {},
  ): unknown {
    const shown = (options.mask ?? []).reduce(
      (rest, pattern) => rest.replaceAll(new RegExp(pattern, "gm"), "<masked>"),
      this.#literals.reduce((rest, [from, to]) => rest.replaceAll(from, to), text),
    );
    const value = asJson(shown);
    if (value !== undefined) return this.value(options.unordered === true ? inOrder(value) : value);
    if (options.unordered !== true) return this.text(shown);
    return this.text(shown.split("\n").toSorted(byPlainText).join("\n"));
  }

  /** A JSON value, keys sorted. */
  value(value: unknown, key = ""): unknown {
    if (Array.isArray(value)) return value.map((item) => this.value(item, key));
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(entries.map(([name, item]) => [this.text(name), this.value(item, name)]));
    }
    if (typeof value === "number") return value > 0 && key in masked ? masked[key] : value;
    if (typeof value !== "string") return value;
    return this.text(
      nameKeys.has(key) ? value.replace(/(?<=^\/?)[a-z]+_[a-z]+\d?$/, (name) => this.#random(name)) : value,
    );
  }

  text(text: string): string {
    return text
      .replaceAll(/(?<=\s{2})[a-z]+_[a-z]+\d?$/gm, (name) => this.#random(name))
      .replaceAll(/(?<=docker-import-|docker-builder|moby-)\d{6,}/g, "<n>")
      .replaceAll(/sha256:([0-9a-f]{64}|[0-9a-f]{12})\b/g, (_, hex: string) => `sha256:${this.#id(hex)}`)
      .replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, (hex) => this.#id(hex))
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, (time) =>
        time === zeroTime ? time : "<time>",
      )
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} [A-Z]+/g, "<time>")
      .replaceAll(/\b[A-Z][a-z]{2} [ 123]\d (?:\d\d:\d\d(?::\d\d)?|\s?\d{4})(?= |$)/gm, "<when>")
      .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, (mac) => (this.#ownWords.includes(mac) ? mac : "<mac>"))
      .replaceAll(/(?<![:\w])(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\b(?!:)/g, "<clock>")
      .replaceAll(/\b(?:Less than a|About an?|\d+) (?:second|minute|hour|day|week|month|year)s?\b/g, "<while>")
      .replaceAll(/\b(?!0B)\d+(?:\.\d+)?(?:e\+\d+)?\s?(?:B|[kMG]i?B)\b/g, "<size>")
      .replaceAll(privateAddress, (address) =>
        this.#ownWords.includes(address.split(".").slice(0, 3).join(".")) ? address : this.#number("ip", address),
      )
      .replaceAll(/(<ip\d+>)\/(?:16|20|24)\b/g, "$1/<n>")
      .replaceAll(/(?<=[:\s"]|^)(\d{5})(?=->|\/tcp|\/udp|["\s]|$)/gm, (port) =>
        Number(port) >= firstEphemeralPort && !this.#ownWords.includes(port) ? "<port>" : port,
      )
      .replaceAll(/(\S) {2,}/g, "$1  ");
  }

  /** A name that an engine made up, unless the session has it. */
  #random(name: string): string {
    return this.#ownWords.includes(name) ? name : this.#number("name", name);
  }

  #id(hex: string): string {
    const name = this.#number("id", hex.slice(0, 12));
    return hex.length === 12 ? name.replace(">", " short>") : name;
  }

  #number(kind: string, key: string): string {
    let name = this.#numbers.get(key);
    if (name === undefined) {
      const next = [...this.#numbers.values()].filter((other) => other.startsWith(`<${kind}`)).length + 1;
      name = `<${kind}${next}>`;
      this.#numbers.set(key, name);
    }
    return name;
  }
}

/** By what is in a line or a value beside ids and times. */
function byPlainText(a: unknown, b: unknown): number {
  const plain = (value: unknown) =>
    (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/[0-9a-f]{12,}|\d{4}-[\d:.T-]+Z?/g, "");
  return plain(a) < plain(b) ? -1 : 1;
}

/** Its lists sorted. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder).toSorted(byPlainText);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOrder(item)]));
}

/** The text's value, when it is JSON, or a list of values when each of its lines is. Lone words are text. */
function asJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const whole = parseOr(text);
  if (whole !== undefined) return whole;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const values = lines.map(parseOr);
  return values.includes(undefined) ? undefined : { lines: values };
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
