import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Schema = Record<string, unknown>;

interface RawOperation {
  parameters?: { name: string; in: "query" | "path" | "body" | "header"; schema?: Schema }[];
  responses: Record<string, { schema?: Schema }>;
}

/** One operation of the Docker Engine API. */
export interface Operation {
  /** `GET /containers/{id}/json` */
  name: string;
  method: string;
  path: string;
  /** names of its query parameters, and `body` when it takes one */
  parameters: string[];
  /** by status; undefined: the answer has no JSON of a fixed shape */
  responses: Map<string, Schema | undefined>;
}

interface RawDocument {
  definitions: Record<string, Schema>;
  paths: Record<string, Record<string, RawOperation>>;
}

interface ApiDocument {
  definitions: Record<string, Schema>;
  operations: Operation[];
}

const methods = ["get", "head", "post", "put", "delete"];

/** Moby's OpenAPI 2.0 document of the Engine API 1.50 (Apache-2.0), as it is published. */
export function readDocument(): ApiDocument {
  const raw = readRaw();
  const operations = Object.entries(raw.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => readOperation(method.toUpperCase(), path, operation)),
  );
  return { definitions: raw.definitions, operations };
}

/** Every engine under test reads it when it starts: out of YAML that takes a third of a second, out of JSON nothing. */
function readRaw(): RawDocument {
  const shared = process.env["DRYDOCK_TEST_SHARED"];
  const json = shared === undefined ? undefined : join(shared, "openapi.json");
  if (json !== undefined && existsSync(json)) return JSON.parse(readFileSync(json, "utf8")) as RawDocument;
  const text = readFileSync(join(import.meta.dirname, "../../api/openapi-v1.50.yaml"), "utf8");
  const raw = parse(text, { merge: true, maxAliasCount: -1 }) as RawDocument;
  if (json !== undefined) {
    const half = `${json}.${process.pid}`;
    writeFileSync(half, JSON.stringify(raw));
    renameSync(half, json);
  }
  return raw;
}

function readOperation(method: string, path: string, { parameters = [], responses }: RawOperation): Operation {
  const named = parameters.flatMap(({ name, in: place }) =>
    place === "query" ? [name] : place === "body" ? ["body"] : [],
  );
  return {
    name: `${method} ${path}`,
    method,
    path,
    parameters: named,
    responses: new Map(Object.entries(responses).map(([status, { schema }]) => [status, schema])),
  };
}

/** The operation that a request is for. Names of images may have slashes. @param path without version and query */
export function findOperation(operations: readonly Operation[], method: string, path: string): Operation | undefined {
  return operations
    .filter((operation) => operation.method === method && pattern(operation.path).test(path))
    .toSorted((a, b) => literals(b.path) - literals(a.path))[0];
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "(?:.+)")}$`);
}

/** Characters of a path that stand for themselves: the more, the better it fits. */
function literals(path: string): number {
  return path.replaceAll(/\{\w+\}/g, "").length;
}
