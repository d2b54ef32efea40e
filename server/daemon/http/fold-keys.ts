import type { z } from "zod";

/** What of a zod schema says which schema a part of a value has. */
interface Definition {
  type: string;
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
  out?: z.core.$ZodType;
  element?: z.core.$ZodType;
  valueType?: z.core.$ZodType;
  shape?: Record<string, z.core.$ZodType>;
}

const definitionOf = (schema: z.core.$ZodType) => schema._zod.def as Definition;

/**
 * `value` with the keys of its objects spelt as `schema` spells them: Go's decoder, which dockerd has, takes a field
 * whatever the case of its letters (encoding/json, Unmarshal), and clients rely on it. Of two keys for one field the
 * later one counts. Values without a field, and the keys of maps, are left alone.
 */
export function foldKeys(schema: z.core.$ZodType, value: unknown): unknown {
  const { type, innerType, in: input, out, element, valueType, shape } = definitionOf(schema);
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (type === "pipe" && input !== undefined && out !== undefined) {
    return foldKeys(definitionOf(input).type === "transform" ? out : input, value);
  }
  if (innerType !== undefined) {
    return foldKeys(innerType, value);
  }
  if (type === "array" && element !== undefined && Array.isArray(value)) {
    return value.map((item) => foldKeys(element, item));
  }
  if (Array.isArray(value)) {
    return value;
  }
  const entries = Object.entries(value);
  if (type === "record" && valueType !== undefined) {
    return Object.fromEntries(entries.map(([key, item]) => [key, foldKeys(valueType, item)]));
  }
  return shape === undefined ? value : foldObject(shape, entries);
}

/** Of the path to a part of a value the names that are fields of structs, not keys of maps or places in lists. */
export function fieldsOf(schema: z.core.$ZodType, [first, ...rest]: readonly PropertyKey[]): string[] {
  const { type, innerType, in: input, out, element, valueType, shape } = definitionOf(schema);
  if (first === undefined) return [];
  const within = (next: z.core.$ZodType | undefined, path: readonly PropertyKey[]) =>
    next === undefined ? [] : fieldsOf(next, path);
  if (type === "pipe" && input !== undefined) {
    return within(definitionOf(input).type === "transform" ? out : input, [first, ...rest]);
  }
  if (innerType !== undefined) return fieldsOf(innerType, [first, ...rest]);
  if (type === "array" || type === "record") return within(element ?? valueType, rest);
  const name = String(first);
  return [name, ...within(shape !== undefined && Object.hasOwn(shape, name) ? shape[name] : undefined, rest)];
}

function foldObject(shape: Record<string, z.core.$ZodType>, entries: [string, unknown][]): object {
  const spelt = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    entries.map(([key, item]) => {
      const name = Object.hasOwn(shape, key) ? key : (spelt.get(key.toLowerCase()) ?? key);
      // A key such as `constructor` is no field, though every object has it.
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
      return [name, field === undefined ? item : foldKeys(field, item)];
    }),
  );
}
