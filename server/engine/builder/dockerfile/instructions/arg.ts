import type { InstructionParser } from "../instruction-input.ts";

/** `ARG NAME[=DEFAULT] ...` */
export const arg: InstructionParser = {
  keyword: "ARG",
  flags: "ignored",
  parse(input) {
    const words = input.words();
    if (words.length === 0) {
      throw input.fail("ARG requires at least one argument", "for example: ARG VERSION=1.0");
    }
    const args = words.map((word) => {
      const equals = word.text.indexOf("=");
      if (equals === 0) {
        throw input.fail("ARG names can not be blank", undefined, input.rangeOf(word));
      }
      return {
        name: equals < 0 ? word.text : word.text.slice(0, equals),
        value: equals < 0 ? undefined : word.text.slice(equals + 1),
        range: input.rangeOf(word),
      };
    });
    return { kind: "arg", ...input.located, args };
  },
};
