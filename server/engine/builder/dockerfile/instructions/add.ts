import type { InstructionParser } from "../instruction-input.ts";
import { parseCopy } from "./copy.ts";

/** COPY's syntax; sources may also be URLs and archives. */
export const add: InstructionParser = {
  keyword: "ADD",
  flags: {
    chown: "value",
    chmod: "value",
    link: "boolean",
    checksum: "value",
    "keep-git-dir": "boolean",
    unpack: "boolean",
    exclude: "list",
  },
  heredocs: true,
  parse: (input) => parseCopy(input, "add"),
};
