import type { InstructionParser } from "../instruction-input.ts";

/** `MAINTAINER NAME`; deprecated: LABEL org.opencontainers.image.authors does it */
export const maintainer: InstructionParser = {
  keyword: "MAINTAINER",
  parse(input) {
    if (input.args.text === "") {
      throw input.fail(
        "MAINTAINER requires exactly one argument",
        'better: LABEL org.opencontainers.image.authors="you"',
      );
    }
    return { kind: "maintainer", ...input.located, value: input.args.text };
  },
};
