import type { InstructionParser } from "../instruction-input.ts";

/** `STOPSIGNAL SIGTERM|15` */
export const stopsignal: InstructionParser = {
  keyword: "STOPSIGNAL",
  parse(input) {
    input.requireArguments("one", "STOPSIGNAL SIGTERM");
    return { kind: "stopsignal", ...input.located, value: input.args.text };
  },
};
