import type { InstructionParser } from "../instruction-input.ts";

/** `ONBUILD INSTRUCTION`: kept in the image, run by a build that is FROM it. The trigger's syntax is checked by the parser. */
export const onbuild: InstructionParser = {
  keyword: "ONBUILD",
  heredocs: true,
  parse(input) {
    const keyword = input.words()[0]?.text.toUpperCase();
    if (keyword === undefined) {
      throw input.fail("ONBUILD requires at least one argument", "for example: ONBUILD COPY . /app");
    }
    if (keyword === "ONBUILD") {
      throw input.fail("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", "write ONBUILD once");
    }
    if (keyword === "FROM" || keyword === "MAINTAINER") {
      throw input.fail(`${keyword} isn't allowed as an ONBUILD trigger`);
    }
    const heredocs = input.heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join("");
    return { kind: "onbuild", ...input.located, expression: input.args.text + heredocs };
  },
};
