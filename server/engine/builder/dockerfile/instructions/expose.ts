import type { InstructionParser } from "../instruction-input.ts";
import { splitFields } from "../words.ts";

/** `EXPOSE PORT[/tcp|udp] ...` */
export const expose: InstructionParser = {
  keyword: "EXPOSE",
  parse(input) {
    input.requireArguments("at least one", "EXPOSE 8080");
    return {
      kind: "expose",
      ...input.located,
      values: splitFields(input.args)
        .map((field) => field.text)
        .toSorted(),
    };
  },
};
