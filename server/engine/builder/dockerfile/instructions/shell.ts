import type { InstructionParser } from "../instruction-input.ts";

/** `SHELL ["/bin/bash", "-c"]` */
export const shell: InstructionParser = {
  keyword: "SHELL",
  parse(input) {
    input.flags.check();
    const values = input.args.text === "" ? [] : input.json();
    if (values === undefined) {
      throw input.fail(
        `SHELL requires the arguments to be in JSON form`,
        `write it as SHELL ["/bin/bash", "-c"], with double quotes`,
      );
    }
    if (values.length === 0) {
      throw input.fail("SHELL requires at least one argument", 'for example: SHELL ["/bin/bash", "-c"]');
    }
    return { kind: "shell", ...input.located, values };
  },
};
