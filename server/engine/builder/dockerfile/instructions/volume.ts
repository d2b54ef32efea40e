import type { InstructionParser } from "../instruction-input.ts";

/** `VOLUME ["/data"]` or `VOLUME /data ...` */
export const volume: InstructionParser = {
  keyword: "VOLUME",
  parse(input) {
    const values = input.list().map((value) => value.trim());
    if (values.length === 0) {
      throw input.fail("VOLUME requires at least one argument", "for example: VOLUME /data");
    }
    if (values.includes("")) {
      throw input.fail("VOLUME specified can not be an empty string", "name a directory: VOLUME /data");
    }
    return { kind: "volume", ...input.located, values };
  },
};
