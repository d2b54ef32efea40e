import type { KeyValue } from "./ast.ts";
import type { InstructionInput } from "./instruction-input.ts";
import { mistake } from "../mistake.ts";
import { trimFragment } from "./logical-line.ts";

/** `NAME=VALUE ...`, or the legacy `NAME VALUE` in which the rest of the line is one value. @throws BuildError */
export function parseKeyValues(input: InstructionInput): KeyValue[] {
  const words = input.words();
  const first = words[0];
  if (first === undefined) {
    input.flags.check();
    throw input.fail(`${input.keyword} requires at least one argument`, `for example: ${input.keyword} NAME=value`);
  }
  if (!first.text.includes("=")) {
    // here quotes hold no name together
    const [name = ""] = /^[^\t\v\f\r ]*/.exec(input.args.text) ?? [];
    const rest = trimFragment({ text: input.args.text.slice(name.length), offset: first.offset + name.length });
    if (rest.text === "") {
      const text = `${input.keyword} must have two arguments`;
      const hint = `write it as ${input.keyword} ${name}=value`;
      throw input.fail(text, hint, input.range, mistake({ kind: "unreadable", text }));
    }
    return [{ name, value: rest.text, legacy: true, range: input.rangeOf(input.args) }];
  }
  return words.map((word) => {
    const equals = word.text.indexOf("=");
    if (equals < 0) {
      throw input.fail(
        `Syntax error - can't find = in ${JSON.stringify(word.text)}. Must be of the form: name=value`,
        `put the value in quotes if it has spaces: ${input.keyword} NAME="two words"`,
        input.rangeOf(word),
      );
    }
    if (equals === 0) {
      throw input.fail(`${input.keyword} names can not be blank`, undefined, input.rangeOf(word));
    }
    return { name: word.text.slice(0, equals), value: word.text.slice(equals + 1), range: input.rangeOf(word) };
  });
}
