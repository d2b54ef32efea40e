import type { SourceRange } from "../../../contract/build-events.ts";
import type { ErrorOptions } from "../../errdefs/errors.ts";
import { syntaxError } from "../build-error.ts";
import type { Command, Instruction, Word } from "./ast.ts";
import type { FlagSet, KnownFlags } from "./flags.ts";
import type { Heredoc } from "./heredoc.ts";
import type { Fragment, LogicalLine } from "./logical-line.ts";
import type { SourceFile } from "./source.ts";
import { parseJsonArray, splitFields, splitWords } from "./words.ts";

/** What an instruction's parser is given. */
export class InstructionInput {
  /** upper case */
  readonly keyword: string;
  /** after keyword and flags, trimmed */
  readonly args: Fragment;
  readonly flags: FlagSet;
  readonly line: LogicalLine;
  readonly source: SourceFile;
  readonly escape: string;
  readonly heredocs: Heredoc[];
  readonly text: string;

  constructor(fields: {
    keyword: string;
    args: Fragment;
    flags: FlagSet;
    line: LogicalLine;
    source: SourceFile;
    escape: string;
    heredocs: Heredoc[];
    text: string;
  }) {
    this.keyword = fields.keyword;
    this.args = fields.args;
    this.flags = fields.flags;
    this.line = fields.line;
    this.source = fields.source;
    this.escape = fields.escape;
    this.heredocs = fields.heredocs;
    this.text = fields.text;
  }

  /** Heredocs included. */
  get range(): SourceRange {
    const range = this.line.range(0, this.line.text.trimEnd().length);
    if (this.heredocs.length > 0) {
      range.endLine = this.line.endLine;
      range.endColumn = (this.source.lines[this.line.endLine - 1]?.length ?? 0) + 1;
    }
    return range;
  }

  get located(): { range: SourceRange; text: string; comments?: string[] } {
    const { comments } = this.line;
    return { range: this.range, text: this.text, ...(comments.length === 0 ? {} : { comments }) };
  }

  rangeOf(fragment: Fragment): SourceRange {
    return this.line.range(fragment.offset, fragment.offset + fragment.text.length);
  }

  word(fragment: Fragment): Word {
    return { text: fragment.text, range: this.rangeOf(fragment) };
  }

  words(): Fragment[] {
    return splitWords(this.args, this.escape);
  }

  fail(message: string, hint?: string, range: SourceRange = this.range, options: ErrorOptions = {}): Error {
    return syntaxError(message, this.source, range, { hint, ...options });
  }

  /** @throws BuildError when there is nothing after the keyword */
  requireArguments(count: "exactly one" | "at least one", example: string): void {
    if (this.args.text === "") {
      throw this.fail(`${this.keyword} requires ${count} argument`, `for example: ${example}`);
    }
  }

  /** A JSON array of strings, if the arguments are one. @throws BuildError for an array of other things */
  json(): string[] | undefined {
    const parsed = parseJsonArray(this.args.text);
    if (parsed === "not-strings") {
      throw this.fail(
        "when using JSON array syntax, arrays must be comprised of strings only",
        `put each item in double quotes: ${this.keyword} ["a", "b"]`,
      );
    }
    return parsed === "not-json" ? undefined : parsed;
  }

  /** The exec form is a JSON array, all else is the shell form. */
  command(): Command {
    const args = this.json();
    return args === undefined ? { form: "shell", line: this.args.text } : { form: "exec", args };
  }

  /** A JSON array of strings, or words split at white space. */
  list(): string[] {
    return this.json() ?? splitFields(this.args).map((field) => field.text);
  }
}

/** One instruction: its name, its flags, how its arguments are read. */
export interface InstructionParser {
  keyword: string;
  flags?: KnownFlags;
  /** may open here-documents */
  heredocs?: boolean;
  parse(input: InstructionInput): Instruction;
}
