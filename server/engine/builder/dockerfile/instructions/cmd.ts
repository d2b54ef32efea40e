import type { InstructionParser } from "../instruction-input.ts";

/** `CMD ["program", "argument"]` or `CMD program argument` */
export const cmd: InstructionParser = {
  keyword: "CMD",
  parse: (input) => ({ kind: "cmd", ...input.located, command: input.command() }),
};
