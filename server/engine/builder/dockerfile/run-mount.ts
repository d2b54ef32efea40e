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
  if (typeof fields === "string") {
    throw input.fail(
      `failed to parse csv mounts: ${fields}`,
      fields === "EOF"
        ? "say what to mount, for example --mount=type=cache,target=/root/.cache"
        : 'quote a whole option, for example --mount=type=bind,"target=/a,b"',
      flag.range,
    );
  }
  const pairs = fields.map((field) => {
    const equals = field.indexOf("=");
    const name = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    return { name, value: equals < 0 ? undefined : field.slice(equals + 1) };
  });
  const from = pairs.find(({ name, value }) => name === "from" && /\$./.test(value ?? ""))?.value;
  if (from !== undefined) {
    throw input.fail(
      "'from' doesn't support variable expansion, define alias stage instead",
      `write FROM ${from} AS source above, and from=source here`,
      flag.range,
    );
  }
  return { fields: pairs, range: flag.range };
}

/** The fields of one CSV record (RFC 4180, 2), or what is wrong with it in the words of Go's encoding/csv. */
function splitCsv(text: string): string[] | string {
  if (text === "") {
    return "EOF";
  }
  const fields: string[] = [];
  const wrong = (at: number, what: string): string =>
    `parse error on line 1, column ${new TextEncoder().encode(text.slice(0, at)).length + 1}: ${what}`;
  for (let at = 0; ;) {
    const rest = text.slice(at);
    const [whole, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^,]*))/.exec(rest) ?? [""];
    if (quoted === undefined && rest.startsWith('"')) {
      return wrong(at + 1, 'extraneous or missing " in quoted-field');
    }
    if (plain?.includes('"') === true) {
      return wrong(at + plain.indexOf('"'), 'bare " in non-quoted-field');
    }
    const end = at + whole.length;
    if (end < text.length && text[end] !== ",") {
      return wrong(end - 1, 'extraneous or missing " in quoted-field');
    }
    fields.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === text.length) {
      return fields;
    }
    at = end + 1;
  }
}
