import type { CopyInstruction } from "../ast.ts";
import { parseHeredocOpener } from "../heredoc.ts";
import type { InstructionInput, InstructionParser } from "../instruction-input.ts";
import type { Fragment } from "../logical-line.ts";
import { splitFields } from "../words.ts";

/** `COPY [--from=STAGE] [--chown=U:G] [--chmod=M] [--link] [--parents] [--exclude=P] SRC... DEST` */
export const copy: InstructionParser = {
  keyword: "COPY",
  flags: {
    from: "value",
    chown: "value",
    chmod: "value",
    link: "boolean",
    parents: "boolean",
    exclude: "list",
  },
  heredocs: true,
  parse: (input) => parseCopy(input, "copy"),
};

/** The paths of COPY and ADD; shared by both. */
export function parseCopy(input: InstructionInput, kind: "copy" | "add"): CopyInstruction {
  const array = input.json();
  const fields: Fragment[] =
    array === undefined ? splitFields(input.args) : array.map((text) => ({ text, offset: input.args.offset }));
  const words = fields.map((field) =>
    array === undefined ? input.word(field) : { text: field.text, range: input.range },
  );
  const destination = words.pop();
  if (destination === undefined || words.length === 0) {
    throw input.fail(
      `${input.keyword} requires at least two arguments, but only one was provided. Destination could not be determined`,
      `for example: ${input.keyword} . /app`,
    );
  }
  input.flags.check();
  if (parseHeredocOpener(destination.text) !== undefined) {
    throw input.fail(
      `${input.keyword} cannot accept a heredoc as a destination`,
      `write the destination after it: ${input.keyword} ${destination.text} /path`,
      destination.range,
    );
  }
  const from = input.flags.value("from");
  const fromRange = input.flags.range("from");
  return {
    kind,
    ...input.located,
    sources: words,
    destination,
    heredocs: input.heredocs,
    from: from === undefined ? undefined : { text: from, range: fromRange ?? input.range },
    chown: input.flags.value("chown"),
    chmod: input.flags.value("chmod"),
    link: input.flags.boolean("link"),
    parents: input.flags.boolean("parents"),
    exclude: input.flags.list("exclude").map((flag) => flag.value ?? ""),
    checksum: input.flags.value("checksum"),
    keepGitDir: input.flags.range("keep-git-dir") === undefined ? undefined : input.flags.boolean("keep-git-dir"),
    unpack: input.flags.range("unpack") === undefined ? undefined : input.flags.boolean("unpack"),
  };
}
