import type { InstructionParser } from "../instruction-input.ts";

/** `STOPSIGNAL SIGTERM|15` */
export const stopsignal: InstructionParser = {
  keyword: "STOPSIGNAL",
  flags: "ignored",
  parse(input) {
    input.requireArguments("exactly one", "STOPSIGNAL SIGTERM");
    return { kind: "stopsignal", ...input.located, value: input.args.text };
  },
};
