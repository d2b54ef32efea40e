import { NotImplemented } from "../../engine/errdefs/errors.ts";
import type { Query } from "../http/query.ts";

/** A documented field of a request that this engine does not read. */
export interface UnsupportedField {
  /** names with dots between; `*` is each member or element: `HostConfig.Mounts.*.Type` */
  readonly field: string;
  /** what the client is told to do */
  readonly instead: string;
  /** Whether a value asks for something. Default: it is neither null, zero, false nor empty, all the way down. */
  readonly isSet?: (value: unknown) => boolean;
}

/**
 * Refuses what would be accepted and then not done. The defaults, which clients send all the time, pass.
 * @param body as the client sent it
 * @throws NotImplemented naming the field and what to do
 */
export function refuseUnsupported(body: unknown, fields: readonly UnsupportedField[]): void {
  for (const { field, instead, isSet = holdsSomething } of fields) {
    const found = valuesAt(body, field.split("."), []).find(({ value }) => isSet(value));
    if (found !== undefined) {
      throw notImplemented(found.path, instead);
    }
  }
}

/** The same for parameters of a query, where numbers, truth values and JSON are text. @throws NotImplemented */
export function refuseParameters(query: Query, fields: readonly UnsupportedField[]): void {
  for (const { field, instead, isSet = holdsSomething } of fields) {
    if (query.all(field).map(parseValue).some(isSet)) {
      throw notImplemented(field, instead);
    }
  }
}

function notImplemented(what: string, instead: string): NotImplemented {
  return new NotImplemented(`${what} is not implemented in this engine: ${instead}`);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^(?:False|FALSE|no|none)$/, "false"));
  } catch {
    // A text like any other.
    return text;
  }
}

function valuesAt(value: unknown, names: readonly string[], path: string[]): { path: string; value: unknown }[] {
  const [name, ...rest] = names;
  if (name === undefined) {
    return [{ path: path.join("."), value }];
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value)
    .filter(([key]) => name === "*" || key === name)
    .flatMap(([key, member]) => valuesAt(member, rest, [...path, key]));
}

function holdsSomething(value: unknown): boolean {
  return typeof value === "object" && value !== null
    ? Object.values(value).some(holdsSomething)
    : value !== undefined && value !== null && value !== 0 && value !== false && value !== "";
}
