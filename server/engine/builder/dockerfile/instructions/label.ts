import type { InstructionParser } from "../instruction-input.ts";
import { parseKeyValues } from "../key-values.ts";

/** `LABEL NAME=VALUE ...`, or `LABEL NAME VALUE` as of old */
export const label: InstructionParser = {
  keyword: "LABEL",
  parse: (input) => ({ kind: "label", ...input.located, pairs: parseKeyValues(input) }),
};
