import { existsSync, readFileSync } from "node:fs";
import { decodeGoJson, goJsonError, goTypeError } from "../../daemon/http/go-json.ts";
import { InvalidArgument, isEngineError, messageOf } from "../../engine/errdefs/errors.ts";
import { checkValues } from "./check.ts";
import { linesOfKeys } from "./lines.ts";
import { type DaemonJson, meaningless, schema } from "./schema.ts";

const notValid = "merged configuration validation from file and command line flags failed";

/**
 * Reads and checks the file; one that is not there says nothing.
 * @param required it was named: it has to be there
 * @throws InvalidArgument in dockerd's words, with the line
 */
export function readDaemonJson(path: string, required: boolean): DaemonJson {
  if (!required && !existsSync(path)) {
    return {};
  }
  try {
    return parseDaemonJson(textOf(path));
  } catch (cause) {
    throw new InvalidArgument(`unable to configure the Docker daemon with file ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** For taking everything away, which a mistake in the file must not keep anybody from: of a wrong one where the data is. */
export function readForClearing(path: string): DaemonJson {
  try {
    return readDaemonJson(path, false);
  } catch (error) {
    if (!isEngineError(error, "invalid_argument")) throw error;
    const root = /"data-root"\s*:\s*"(\/[^"\\]+)"/.exec(textOf(path))?.[1];
    return root === undefined ? {} : { "data-root": root };
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw missing ? new InvalidArgument(`open ${path}: no such file or directory`, { cause: error }) : error;
  }
}

/** @throws InvalidArgument */
export function parseDaemonJson(source: string): DaemonJson {
  const text = source.replace(/^\uFEFF/, "").trimEnd();
  if (text === "") {
    return {};
  }
  const value = jsonOf(text);
  const lines = linesOfKeys(text);
  checkKeys(value, lines);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path ?? [];
    throw new InvalidArgument(`${shapeProblem(value, parsed.error.issues[0])}${at(lines, path)}`);
  }
  checkValues(parsed.data, (key, message) => {
    throw new InvalidArgument(`${notValid}: ${message}${at(lines, key.split("."))}`);
  });
  return parsed.data;
}

function jsonOf(text: string): object {
  const decoded = decodeGoJson(text);
  if ("problem" in decoded || decoded.rest !== "") {
    const line = lineOfProblem(text);
    throw new InvalidArgument(`invalid JSON: ${goJsonError(text)}${line === undefined ? "" : ` (line ${line})`}`);
  }
  const { value } = decoded;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidArgument(
      `invalid JSON: ${goTypeError(value, [], "object", { type: "map[string]interface {}" })}: a JSON object is expected`,
    );
  }
  return value;
}

/** As far as node tells it. */
function lineOfProblem(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const line = /\(line (\d+) column \d+\)/.exec(messageOf(error))?.[1];
    const position = /at position (\d+)/.exec(messageOf(error))?.[1];
    if (line !== undefined) return Number(line);
    return text.slice(0, position === undefined ? text.length : Number(position)).split("\n").length;
  }
}

function checkKeys(value: object, lines: ReadonlyMap<string, number>): void {
  const known = new Set<string>(Object.keys(schema.shape));
  const strangers = Object.keys(value).filter((key) => !known.has(key) && !Object.hasOwn(meaningless, key));
  if (strangers.length > 0) {
    throw new InvalidArgument(
      `the following directives don't match any configuration option: ${strangers.toSorted().join(", ")}${at(lines, [strangers.toSorted()[0] ?? ""])}`,
    );
  }
  const [idle] = Object.keys(value).filter((key) => Object.hasOwn(meaningless, key));
  if (idle !== undefined) {
    throw new InvalidArgument(
      `${idle} has no effect here: ${meaningless[idle] ?? ""}; leave it out${at(lines, [idle])}`,
    );
  }
}

type Issue = NonNullable<ReturnType<typeof schema.safeParse>["error"]>["issues"][number];

function shapeProblem(value: object, issue: Issue | undefined): string {
  const path = issue?.path ?? [];
  const key = path.map(String).join(".");
  if (issue?.code === "invalid_type" && valueAt(value, path) === undefined) {
    return `${key} is missing`;
  }
  if (issue?.code === "invalid_type") {
    return `invalid JSON: ${goTypeError(value, path, issue.expected, { type: "Config" })}`;
  }
  const unknown = issue?.code === "unrecognized_keys" ? `unknown key ${issue.keys.join(", ")}` : issue?.message;
  return `invalid JSON: ${key}: ${unknown ?? "it has another shape"}`;
}

function valueAt(value: object, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], value);
}

/** The line of the innermost key on the path that has one. */
function at(lines: ReadonlyMap<string, number>, path: readonly PropertyKey[]): string {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(path.slice(0, length).map(String).join("."));
    if (line !== undefined) return ` (line ${line})`;
  }
  return "";
}
