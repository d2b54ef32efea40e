import type { InstructionParser } from "../instruction-input.ts";

const aliasPattern = /^[a-z][a-z0-9\-_.]*$/;
const reserved = ["scratch", "context"];

/** `FROM [--platform=P] IMAGE [AS NAME]` */
export const from: InstructionParser = {
  keyword: "FROM",
  flags: { platform: "value" },
  parse(input) {
    const [image, as, name, ...more] = input.words();
    if (image === undefined) {
      throw input.fail("FROM requires either one or three arguments", "for example: FROM debian:12 AS build");
    }
    let alias: string | undefined;
    if (as !== undefined) {
      if (as.text.toUpperCase() !== "AS" || name === undefined || more.length > 0) {
        throw input.fail(
          "FROM requires either one or three arguments",
          `write FROM ${image.text}, or FROM ${image.text} AS NAME to name the stage`,
        );
      }
      alias = name.text.toLowerCase();
      if (!aliasPattern.test(alias)) {
        throw input.fail(
          `invalid name for build stage: "${name.text}", name can't start with a number or contain symbols`,
          "a stage name begins with a letter; letters, digits, - _ and . may follow",
          input.rangeOf(name),
        );
      }
      if (reserved.includes(alias)) {
        throw input.fail(
          `"${alias}" is a reserved name and cannot name a stage`,
          "use another name",
          input.rangeOf(name),
        );
      }
    }
    return {
      kind: "from",
      ...input.located,
      image: input.word(image),
      alias,
      platform: input.flags.value("platform"),
    };
  },
};
