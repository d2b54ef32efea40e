import type { InstructionParser } from "../instruction-input.ts";

/** `USER NAME|UID[:GROUP|GID]` */
export const user: InstructionParser = {
  keyword: "USER",
  parse(input) {
    input.requireArguments("exactly one", "USER app");
    return { kind: "user", ...input.located, value: input.args.text };
  },
};
