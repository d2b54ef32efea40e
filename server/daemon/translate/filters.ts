import { InvalidArgument, Unknown } from "../../engine/errdefs/errors.ts";
import type { Query } from "../http/query.ts";
import { goJsonError, goTypeError } from "../http/go-json.ts";

/**
 * The `filters` parameter: `{"label": ["a=b"]}`, or the form of old clients, `{"label": {"a=b": true}}`.
 * Values of one name are alternatives, except labels, which all must fit; names must all fit.
 */
export class Filters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** @throws InvalidArgument for an unknown name or another shape, Unknown for what is no JSON */
  static parse(query: Query, known?: readonly string[]): Filters {
    const json = filtersJson(query.string("filters") ?? "{}") ?? {};
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw wrongShape(json, "map[string]map[string]bool");
    }
    const values = new Map(Object.entries(json).map(([name, value]) => [name, listOf(value)]));
    const unknown = [...values.keys()].find((name) => known?.includes(name) === false);
    if (unknown !== undefined) {
      throw new InvalidArgument(`Invalid filter '${unknown}'`);
    }
    return new Filters(values);
  }

  /** The same with one more value of a name. */
  with(name: string, value: string): Filters {
    return new Filters(new Map(this.#values).set(name, [...this.get(name), value]));
  }

  get(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.get(name).length > 0;
  }

  /** True if the filter is not there or one of its values fits. */
  any(name: string, fits: (value: string) => boolean): boolean {
    const values = this.get(name);
    return values.length === 0 || values.some((value) => fits(value));
  }

  /** `label` and `label!` against an object's labels. */
  labels(labels: Readonly<Record<string, string>>): boolean {
    return (
      this.get("label").every((wanted) => hasLabel(labels, wanted)) &&
      this.get("label!").every((unwanted) => !hasLabel(labels, unwanted))
    );
  }

  /** A boolean filter (`dangling`): undefined when it is not there, true when it is both, as with dockerd. @throws InvalidArgument */
  bool(name: string): boolean | undefined {
    const values = this.get(name);
    if (values.length === 0) return undefined;
    if (values.some((value) => value === "1" || value === "true")) return true;
    if (values.some((value) => value === "0" || value === "false")) return false;
    throw new InvalidArgument(`Invalid filter '${name}=[${values.join(" ")}]'`);
  }
}

/** @throws Unknown in Go's words: dockerd answers 500 */
function filtersJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Unknown(goJsonError(text), { cause: error });
  }
}

/** @throws Unknown */
function listOf(value: unknown): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return value;
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    throw wrongShape(value, "map[string]bool");
  }
  return Object.entries(value ?? {}).map(([item, on]) => {
    if (typeof on !== "boolean") {
      throw wrongShape(on, "bool");
    }
    return item;
  });
}

/** What dockerd says of the form that came first, whichever was meant. */
function wrongShape(value: unknown, type: string): Unknown {
  return new Unknown(goTypeError(value, [], "", { type }));
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = "", ...rest] = wanted.split("=");
  return rest.length === 0 ? key in labels : labels[key] === rest.join("=");
}

/**
 * What one pattern may weigh: each quantifier multiplies the time by the name's length, each alternative by two. Two
 * quantifiers, or seven alternatives, are a matter of milliseconds.
 */
const heaviest = 7;

/**
 * dockerd's filter by name or id: a regular expression found anywhere, with or without the slash that names have in the
 * API. Patterns come from strangers: one that could take exponential time (repeated groups, references) fits nothing.
 */
export function nameMatches(pattern: string, name: string): boolean {
  const expression = safeExpression(pattern);
  return pattern === name || (expression !== undefined && (expression.test(name) || expression.test(`/${name}`)));
}

function safeExpression(pattern: string): RegExp | undefined {
  const weight = 3 * (pattern.match(/[*+?]/g) ?? []).length + (pattern.match(/\|/g) ?? []).length;
  if (pattern.length > 256 || /\)[*+?{]|\(\?|\\[1-9kpP]|\{/.test(pattern) || weight > heaviest) {
    return undefined;
  }
  try {
    return new RegExp(pattern);
  } catch {
    // dockerd takes what is no expression to fit nothing.
    return undefined;
  }
}
