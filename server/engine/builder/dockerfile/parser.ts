import type { SourceRange } from "../../../contract/build-events.ts";
import { BuildError, syntaxError } from "../build-error.ts";
import { mistake, mistakeOf } from "../mistake.ts";
import type { Dockerfile, Instruction, Stage, Warning } from "./ast.ts";
import { parseDirectives } from "./directives.ts";
import { FlagSet, takeFlags } from "./flags.ts";
import { findHeredocs, readHeredocs } from "./heredoc.ts";
import { InstructionInput } from "./instruction-input.ts";
import { instructionParsers } from "./instructions/index.ts";
import { LineReader } from "./lines.ts";
import { type Fragment, type LogicalLine, trimFragment } from "./logical-line.ts";
import { lineRange, type SourceFile, sourceFile } from "./source.ts";
import { closest } from "../../../contract/suggest.ts";
import { parseJsonArray } from "./words.ts";

/** More than this is no Dockerfile. Bytes. */
export const maxDockerfileBytes = 2 * 1024 * 1024;

/** Each is looked at again for every check; no image has room for as many layers. */
const mostInstructions = 4_000;

/**
 * Parses a Dockerfile into stages. Nothing is expanded or run.
 * @param onMistake called before an instruction's mistake is thrown, with the stages and instructions above it
 * @throws BuildError at the first mistake
 */
export function parseDockerfile(
  text: string,
  name = "Dockerfile",
  onMistake: (above: Dockerfile) => void = () => {},
): Dockerfile {
  const source = sourceFile(name, text);
  if (text.length > maxDockerfileBytes) {
    throw syntaxError(`the file is larger than ${maxDockerfileBytes} bytes`, source, lineRange(source, 1));
  }
  const { directives, lines } = parseDirectives(source);
  const warnings: Warning[] = [];
  const dockerfile: Dockerfile = { source, directives, globalArgs: [], stages: [], warnings };
  let last: Instruction | undefined;
  try {
    for (last of parseInstructions(source, { escape: directives.escape, start: lines }, warnings)) {
      addToStages(dockerfile, last);
    }
  } catch (error) {
    onMistake(dockerfile);
    throw error;
  }
  if (dockerfile.stages.length === 0) {
    const message =
      last !== undefined
        ? "dockerfile contains no stages to build"
        : text === ""
          ? "the Dockerfile cannot be empty"
          : "file with no instructions";
    throw syntaxError(message, source, last?.range ?? lineRange(source, 1), {
      ...mistake(
        message === "file with no instructions"
          ? { kind: "unreadable", text: message }
          : last === undefined
            ? { kind: "dockerfile-empty" }
            : { kind: "syntax", line: last.range.startLine, text: message },
      ),
      hint: `${last === undefined ? "begin with" : "add"} a base image, for example: FROM debian:12`,
    });
  }
  return dockerfile;
}

/** More are not told: what has so many is no Dockerfile. */
const mostMistakes = 50;
/** Nor are more lines looked at that go on with a mistake above them. */
const mostWrongLines = 1_000;

/** The mistakes of all instructions, each as if it were the only one. What the text as a whole lacks is not among them. */
export function mistakesIn(text: string, name = "Dockerfile"): BuildError[] {
  const source = sourceFile(name, text);
  const mistakes: BuildError[] = [];
  let rest = 0;
  let wrong = 0;
  const onMistake = (error: BuildError, { text: written, startLine, endLine }: LogicalLine): "on" | "stop" => {
    const found = mistakeOf(error);
    // A line without an instruction, right below a mistake, is what the mistaken one went on with.
    const isIndented = (error.range?.startColumn ?? 1) > 1;
    const isRest =
      startLine === rest && found?.kind === "unknown-instruction" && (isIndented || found.meant === undefined);
    if (!isRest) mistakes.push(error);
    rest = endLine + 1;
    wrong++;
    // Below a here-document's beginning there may be anything.
    return mistakes.length < mostMistakes && wrong < mostWrongLines && !written.includes("<<") ? "on" : "stop";
  };
  try {
    const { directives, lines } = parseDirectives(source);
    for (const _instruction of parseInstructions(source, { escape: directives.escape, start: lines }, [], onMistake));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    mistakes.push(error);
  }
  return mistakes;
}

/** Parses the text of one ONBUILD trigger. @throws BuildError */
export function parseTrigger(text: string, escape = "\\"): Exclude<Instruction, { kind: "from" }> {
  const source = sourceFile("ONBUILD trigger", text);
  const [instruction, more] = parseInstructions(source, { escape, start: 0 }, []);
  if (instruction === undefined || instruction.kind === "from" || more !== undefined) {
    throw syntaxError(`invalid ONBUILD trigger "${text}"`, source, lineRange(source, 1));
  }
  return instruction;
}

function* parseInstructions(
  source: SourceFile,
  { escape, start }: { escape: string; start: number },
  warnings: Warning[],
  onMistake: (error: BuildError, line: LogicalLine) => "on" | "stop" = (error) => {
    throw error;
  },
): Generator<Instruction, void, undefined> {
  const onEmptyContinuation = (line: number, emptyLines: readonly number[]): void => {
    const edits = emptyLines.map((empty) => ({
      range: { startLine: empty, startColumn: 1, endLine: empty + 1, endColumn: 1 },
      text: "",
    }));
    warnings.push({
      rule: "NoEmptyContinuation",
      message: "Empty continuation line",
      range: lineRange(source, line),
      fix: { title: "Remove the empty lines", edits },
    });
  };
  const reader = new LineReader(source, escape, { onEmptyContinuation }, start);
  let count = 0;
  for (let line = reader.read(); line !== undefined; line = reader.read()) {
    const instruction = parsedOr(
      () => parseLine(source, line, escape),
      (error) => onMistake(error, line),
    );
    if (instruction === "stop") return;
    if (instruction === "on") continue;
    reader.skipTo(line.endLine);
    if (instruction.kind === "onbuild") {
      noteInvalidTrigger(instruction);
    }
    count++;
    if (count > mostInstructions) {
      throw syntaxError(`the file has more than ${mostInstructions} instructions`, source, instruction.range);
    }
    yield instruction;
  }
}

function parsedOr<T>(parse: () => Instruction, onMistake: (error: BuildError) => T): Instruction | T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BuildError) return onMistake(error);
    throw error;
  }
}

function parseLine(source: SourceFile, line: LogicalLine, escape: string): Instruction {
  // a keyword may come after an indented continuation
  const { text: trimmed, offset } = trimFragment({ text: line.text, offset: 0 });
  const written = /^[^\t\v\f\r ]+/.exec(trimmed)?.[0] ?? "";
  const keyword = written.toUpperCase();
  const parser = instructionParsers.get(keyword);
  if (parser === undefined) {
    throw unknownInstruction(source, line.range(offset, offset + written.length), written);
  }
  const afterKeyword = trimFragment({
    text: trimmed.slice(written.length),
    offset: offset + written.length,
  });
  const taken = takeFlags(afterKeyword, line, escape);
  const flags = new FlagSet(keyword, taken.flags, parser.flags ?? {}, source);
  const args = trimFragment(taken.rest);
  const heredocs = parser.heredocs === true && mayHaveHeredocs(keyword, args, line) ? findHeredocs(line.text) : [];
  readHeredocs(source, line, heredocs);
  const text = trimmed.replaceAll(/\s+/g, " ");
  const instruction = parser.parse(
    new InstructionInput({ keyword, args, flags, line, source, escape, heredocs, text }),
  );
  flags.check();
  return instruction;
}

/** The exec form has no here-documents; ONBUILD has them when its trigger does. */
function mayHaveHeredocs(keyword: string, args: Fragment, line: LogicalLine): boolean {
  if (keyword !== "ONBUILD") {
    return parseJsonArray(args.text) === "not-json";
  }
  const trigger = /^(?:run|copy|add)(?=\s)/i.exec(args.text)?.[0];
  if (trigger === undefined) {
    return false;
  }
  const behind = { text: args.text.slice(trigger.length), offset: args.offset + trigger.length };
  return parseJsonArray(takeFlags(behind, line, "\\").rest.text) === "not-json";
}

function unknownInstruction(source: SourceFile, range: SourceRange, written: string): Error {
  const keyword = closest(written, instructionParsers.keys());
  // in the case it is written in, as BuildKit suggests it
  const match = written === written.toUpperCase() ? keyword : keyword?.toLowerCase();
  const suggestion = match === undefined ? "" : ` (did you mean ${match}?)`;
  const hint =
    match === undefined
      ? "a line begins with an instruction such as FROM, RUN or COPY; end the line before with \\ if this one continues it"
      : undefined;
  return syntaxError(`unknown instruction: ${written}${suggestion}`, source, range, {
    hint,
    ...mistake({ kind: "unknown-instruction", line: range.startLine, keyword: written, meant: keyword }),
  });
}

/** Docker keeps a trigger whatever it is; only a build that would run it fails. */
function noteInvalidTrigger(instruction: Instruction & { kind: "onbuild" }): void {
  try {
    parseTrigger(instruction.expression);
  } catch (error) {
    if (!(error instanceof BuildError)) {
      throw error;
    }
    instruction.invalid = error.message.replace(/^dockerfile parse error on line \d+: /, "");
  }
}

function addToStages(dockerfile: Dockerfile, instruction: Instruction): void {
  const { stages, source } = dockerfile;
  if (instruction.kind === "from") {
    const stage: Stage = {
      from: instruction,
      index: stages.length,
      name: instruction.alias ?? `stage-${stages.length}`,
      instructions: [],
    };
    stages.push(stage);
    return;
  }
  const current = stages.at(-1);
  if (current !== undefined) {
    current.instructions.push(instruction);
  } else if (instruction.kind === "arg") {
    dockerfile.globalArgs.push(instruction);
  } else {
    const keyword = instruction.text.split(" ")[0] ?? "";
    const message = "no build stage in current context";
    throw syntaxError(message, source, instruction.range, {
      ...mistake({ kind: "outside-stages", text: message }),
      hint: `only ARG may come before the first FROM: put ${keyword.toUpperCase()} after a line such as FROM debian:12`,
    });
  }
}
