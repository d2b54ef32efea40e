import type { RunMount } from "./ast.ts";
import type { Flag } from "./flags.ts";
import type { InstructionInput } from "./instruction-input.ts";

/**
 * Reads the fields of `--mount=type=cache,target=/x,...`; what they mean is said when it is lowered, for each may hold
 * variables (`lower/run-mount.ts`).
 * @throws BuildError
 */
export function parseRunMount(flag: Flag, input: InstructionInput): RunMount {
  const fields = splitCsv(flag.value ?? "");
  if (fields === undefined) {
    throw input.fail(
      `failed to parse csv mounts: a quote is in the wrong place in ${flag.value}`,
      'quote a whole option, for example --mount=type=bind,"target=/a,b"',
      flag.range,
    );
  }
  const pairs = fields.map((field) => {
    const equals = field.indexOf("=");
    const name = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    return { name, value: equals < 0 ? undefined : field.slice(equals + 1) };
  });
  const from = pairs.find((pair) => pair.name === "from")?.value;
  if (from !== undefined && /\$./.test(from)) {
    throw input.fail(
      "'from' doesn't support variable expansion, define alias stage instead",
      `write FROM ${from} AS source above, and from=source here`,
      flag.range,
    );
  }
  return { fields: pairs, range: flag.range };
}

/** The fields of one CSV record; undefined if its quotes are wrong (RFC 4180, 2). */
function splitCsv(text: string): string[] | undefined {
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/.exec(rest);
    if (match === null) {
      return undefined;
    }
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    rest = rest.slice(match[0].length);
    if (match[3] !== ",") {
      return fields;
    }
  }
}
