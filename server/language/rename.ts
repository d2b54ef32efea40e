import type { Dockerfile, Instruction, Stage } from "../engine/builder/dockerfile/ast.ts";
import { parseDockerfile } from "../engine/builder/dockerfile/parser.ts";
import { InvalidArgument, messageOf } from "../engine/errdefs/errors.ts";
import type { Position, TextEdit, TextRange } from "./language-service.ts";

/** Every place where a stage is named, its own (`AS`) first. */
export interface StageNames {
  name: string;
  places: TextRange[];
  /** the place that was asked about */
  here: TextRange;
}

/** As the parser has it (Docker's own rule for names of stages). */
const stageName = /^[a-z][a-z0-9-_.]*$/;

export function stageAt(text: string, at: Position): StageNames | undefined {
  let dockerfile: Dockerfile;
  try {
    dockerfile = parseDockerfile(text);
  } catch {
    // It is being written: a place in a text with a mistake means nothing yet.
    return undefined;
  }
  return stageOf(dockerfile, text, at);
}

/** @throws InvalidArgument */
export function renameStage(text: string, at: Position, name: string): TextEdit[] {
  const dockerfile = parsed(text);
  const stage = stageOf(dockerfile, text, at);
  if (stage === undefined) {
    throw new InvalidArgument("There is no name of a stage here.");
  }
  if (!stageName.test(name)) {
    throw new InvalidArgument(
      `“${name}” cannot name a stage: begin with a lower-case letter, then letters, digits, “-”, “_” and “.”.`,
    );
  }
  if (name !== stage.name && dockerfile.stages.some(({ from }) => from.alias === name)) {
    throw new InvalidArgument(`There is a stage “${name}” already.`);
  }
  return stage.places.map((range) => ({ range, text: name }));
}

function parsed(text: string): Dockerfile {
  try {
    return parseDockerfile(text);
  } catch (error) {
    throw new InvalidArgument(`Mend the Dockerfile first: ${messageOf(error)}`, { cause: error });
  }
}

function stageOf({ stages }: Dockerfile, text: string, at: Position): StageNames | undefined {
  const lines = text.split(/\r?\n/);
  for (const stage of stages) {
    const { alias, aliasWord } = stage.from;
    if (alias === undefined || aliasWord === undefined) continue;
    // A later stage of the same name is what the name means from there on.
    const until = stages.find(({ index, from }) => index > stage.index && from.alias === alias)?.index ?? stages.length;
    const places = [aliasWord.range, ...stages.flatMap((other) => usesOf(other, stage, until, lines))];
    const here = places.find((range) => holds(range, at));
    if (here !== undefined) return { name: alias, places, here };
  }
  return undefined;
}

/** Where `other` names `stage`. */
function usesOf(other: Stage, { index, from: { alias } }: Stage, until: number, lines: readonly string[]): TextRange[] {
  if (other.index <= index) return [];
  const base = other.from.image;
  const isIt = (name: string): boolean => name.toLowerCase() === alias;
  const uses = other.index <= until && isIt(base.text) ? [base.range] : [];
  if (other.index > until) return uses;
  return [...uses, ...other.instructions.flatMap((instruction) => fromsOf(instruction, isIt, lines))];
}

function fromsOf(instruction: Instruction, isIt: (name: string) => boolean, lines: readonly string[]): TextRange[] {
  if (instruction.kind === "copy" || instruction.kind === "add") {
    const { from } = instruction;
    if (from === undefined || !isIt(from.text)) return [];
    const range = endOf(from.range, from.text);
    const written = lines[range.startLine - 1]?.slice(range.startColumn - 1, range.endColumn - 1);
    return written === from.text ? [range] : [];
  }
  if (instruction.kind !== "run") return [];
  return instruction.mounts.flatMap(({ fields, range }) => {
    const from = fields.find(({ name }) => name === "from")?.value;
    if (from === undefined || !isIt(from) || range.startLine !== range.endLine) return [];
    const written = (lines[range.startLine - 1] ?? "").slice(range.startColumn - 1, range.endColumn - 1);
    const start = new RegExp(`(?<=[=,]from=)${from.replaceAll(".", "\\.")}(?=$|,)`).exec(`=${written}`)?.index;
    if (start === undefined) return [];
    const startColumn = range.startColumn + start - 1;
    return [{ ...range, startColumn, endColumn: startColumn + from.length }];
  });
}

/** The name at the end of a word that may have its flag in front (`--from=build`). */
function endOf(range: TextRange, name: string): TextRange {
  return { ...range, startLine: range.endLine, startColumn: range.endColumn - name.length };
}

function holds({ startLine, startColumn, endLine, endColumn }: TextRange, { line, column }: Position): boolean {
  return line === startLine && line === endLine && startColumn <= column && column <= endColumn;
}
