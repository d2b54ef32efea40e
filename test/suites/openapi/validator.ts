import { Ajv, type ValidateFunction } from "ajv";
import { findOperation, type Operation, readDocument } from "./document.ts";

/** An answer as it was sent. */
export interface Answered {
  method: string;
  /** with version and query */
  url: string;
  status: number;
  contentType: string;
  body: Buffer;
}

/** What became of holding an answer to the document. */
export interface Finding {
  /** of the document; undefined: a path that it does not have */
  operation: Operation | undefined;
  /** query parameters that were given, and `body` */
  parameters: string[];
  /** undefined: it is as documented */
  violation?: string;
}

const { definitions, operations } = readDocument();
/** Properties that dockerd answers with null though the document does not say so: Go's nil pointers. */
const nullInDockerd = [
  [definitions["Resources"], "MemorySwappiness"],
  [operations.find(({ name }) => name === "GET /exec/{id}/json")?.responses.get("200"), "ExitCode"],
] as const;
for (const [schema, property] of nullInDockerd) {
  const { properties } = schema as { properties: Record<string, Record<string, unknown>> };
  properties[property] = { ...properties[property], "x-nullable": true };
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: "engine", definitions: nullable(definitions) });
const validators = new Map<string, ValidateFunction>();

/** Holds an answer to the OpenAPI document: its status, and its JSON. Streams of JSON are not looked at. */
export function checkAnswer({ method, url, status, contentType, body }: Answered): Finding {
  const { pathname, searchParams } = new URL(url, "http://engine");
  const path = pathname.replace(/^\/v1\.\d+(?=\/)/, "");
  const operation = findOperation(operations, method, path);
  const parameters = [...new Set(searchParams.keys())];
  // 301: the router's, to the same path in its shortest form
  if (operation === undefined || status < 200 || status === 301) return { operation, parameters };
  const finding = { operation, parameters };
  const what = `${method} ${url} ${status}`;
  if (status < 400 && !operation.responses.has(String(status))) {
    return { ...finding, violation: `${what}: this status is not documented` };
  }
  if (method === "HEAD" || !contentType.startsWith("application/json") || body.length === 0) return finding;
  const value = parseOr(body.toString("utf8"));
  if (value === undefined) return finding;
  const schema = status >= 400 ? { $ref: "#/definitions/ErrorResponse" } : operation.responses.get(String(status));
  if (schema === undefined) return finding;
  const validate = validatorOf(`${operation.name} ${status >= 400 ? "error" : status}`, schema);
  if (validate(value)) return finding;
  const errors = (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath} ${message} (${show(value, instancePath)})`,
  );
  return { ...finding, violation: `${what}: ${[...new Set(errors)].slice(0, 5).join("; ")}` };
}

export { operations };

function validatorOf(name: string, schema: Record<string, unknown>): ValidateFunction {
  let validator = validators.get(name);
  if (validator === undefined) {
    const absolute = JSON.parse(
      JSON.stringify(nullable(schema)).replaceAll('"#/definitions/', '"engine#/definitions/'),
    ) as Record<string, unknown>;
    validator = ajv.compile(absolute);
    validators.set(name, validator);
  }
  return validator;
}

/**
 * OpenAPI 2.0 as JSON schema. Lists and maps may be null anywhere: Go writes an empty one so, and dockerd does in many
 * places that the document does not tell (which ones, the sessions of test/conformance compare).
 */
function nullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(nullable);
  if (typeof schema !== "object" || schema === null) return schema;
  const { "x-nullable": mayBeNull, example: _, ...rest } = schema as Record<string, unknown>;
  const result = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, nullable(value)]));
  const { type, enum: values } = result;
  if (typeof type !== "string") {
    return mayBeNull === true ? { anyOf: [result, { type: "null" }] } : result;
  }
  if (mayBeNull !== true && type !== "array" && type !== "object") return result;
  return {
    ...result,
    type: [type, "null"],
    ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // a stream of several values
  }
}

/** The value at a JSON pointer, cut short. */
function show(value: unknown, pointer: string): string {
  const found = pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
  return (JSON.stringify(found) ?? "nothing").slice(0, 80);
}
