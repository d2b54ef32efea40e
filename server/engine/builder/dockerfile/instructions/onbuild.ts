import type { InstructionParser } from "../instruction-input.ts";

/** `ONBUILD INSTRUCTION`: kept in the image, run by a build that is FROM it. */
export const onbuild: InstructionParser = {
  keyword: "ONBUILD",
  heredocs: true,
  parse(input) {
    const keyword = /^\S+/.exec(input.args.text)?.[0].toUpperCase();
    if (keyword === undefined) {
      throw input.fail("ONBUILD requires at least one argument", "for example: ONBUILD COPY . /app");
    }
    if (keyword === "ONBUILD") {
      throw input.fail("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", "write ONBUILD once");
    }
    if (keyword === "FROM" || keyword === "MAINTAINER") {
      throw input.fail(`${keyword} isn't allowed as an ONBUILD trigger`, "the Dockerfile that is built has its own");
    }
    const heredocs = input.heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join("");
    return {
      kind: "onbuild",
      ...input.located,
      expression: input.line.text.replace(/^\s*ONBUILD\s*/i, "") + heredocs,
    };
  },
};
