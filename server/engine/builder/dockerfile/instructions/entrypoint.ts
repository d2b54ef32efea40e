import type { InstructionParser } from "../instruction-input.ts";

/** `ENTRYPOINT ["program", "argument"]` or `ENTRYPOINT program argument` */
export const entrypoint: InstructionParser = {
  keyword: "ENTRYPOINT",
  parse: (input) => ({ kind: "entrypoint", ...input.located, command: input.command() }),
};
