import type { InstructionParser } from "../instruction-input.ts";
import { parseKeyValues } from "../key-values.ts";

/** `ENV NAME=VALUE ...`, or `ENV NAME VALUE` as of old */
export const env: InstructionParser = {
  keyword: "ENV",
  parse: (input) => ({ kind: "env", ...input.located, pairs: parseKeyValues(input) }),
};
