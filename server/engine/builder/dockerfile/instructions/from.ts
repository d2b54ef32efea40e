import type { InstructionParser } from "../instruction-input.ts";
import { splitFields } from "../words.ts";

const aliasPattern = /^[a-z][a-z0-9\-_.]*$/;

/** `FROM [--platform=P] IMAGE [AS NAME]` */
export const from: InstructionParser = {
  keyword: "FROM",
  flags: { platform: "value" },
  parse(input) {
    const [image, as, name, ...more] = splitFields(input.args);
    if (image === undefined) {
      throw input.fail("FROM requires either one or three arguments", "for example: FROM debian:12 AS build");
    }
    if (as !== undefined && (as.text.toUpperCase() !== "AS" || name === undefined || more.length > 0)) {
      throw input.fail(
        "FROM requires either one or three arguments",
        `write FROM ${image.text}, or FROM ${image.text} AS NAME to name the stage`,
      );
    }
    const alias = name?.text.toLowerCase();
    if (name !== undefined && alias !== undefined && !aliasPattern.test(alias)) {
      throw input.fail(
        `invalid name for build stage: ${JSON.stringify(name.text)}, name can't start with a number or contain symbols`,
        "a stage name begins with a letter; letters, digits, - _ and . may follow",
        input.rangeOf(name),
      );
    }
    return {
      kind: "from",
      ...input.located,
      image: input.word(image),
      alias,
      ...(name === undefined || as === undefined ? {} : { aliasWord: input.word(name), as: input.word(as) }),
      platform: input.flags.value("platform"),
    };
  },
};
