import type { InstructionParser } from "../instruction-input.ts";

/** `WORKDIR PATH`; spaces belong to the path */
export const workdir: InstructionParser = {
  keyword: "WORKDIR",
  parse(input) {
    input.requireArguments("exactly one", "WORKDIR /app");
    return { kind: "workdir", ...input.located, value: input.args.text };
  },
};
