import { parseGlob } from "../engine/builder/glob.ts";
import type { Flag, Instruction, Knowledge, Position, TextRange } from "./language-service.ts";
import { linesUpTo, placeAt, stageOf } from "./scan.ts";
import type { Place, Stage, Variable } from "./scan.ts";

/** What is pointed at. */
export type Meaning =
  | { kind: "instruction"; instruction: Instruction }
  | { kind: "flag"; flag: Flag }
  | ({ kind: "stage" } & Stage)
  /** where it is set, as far as that is seen from the place; the last is what counts */
  | { kind: "variable"; name: string; set: Variable[] }
  | { kind: "image"; name: string }
  /** what of the context is meant */
  | { kind: "files"; name: string; found: string[] };

export interface Hover {
  range: TextRange;
  meaning: Meaning;
}

interface Word {
  text: string;
  /** offset in the line */
  start: number;
}

/** What the word at a place means. The text need not be whole, nor without mistakes. */
export function hoverAt(
  text: string,
  at: Position,
  knowledge: Knowledge,
  instructions: readonly Instruction[],
): Hover | undefined {
  const line = text.split(/\r?\n/)[at.line - 1] ?? "";
  const word = pieceAt(line, at.column - 1, /\S+/g);
  if (word === undefined || /^\s*#/.test(line)) return undefined;
  const end = word.start + word.text.length;
  const place = placeAt(linesUpTo(text, { line: at.line, column: end + 1 }));
  const isLast = /^\s*$/.test(line.slice(end));
  const pointed = { word, place, column: at.column - 1, line: at.line, isLast };
  const found =
    nameOfInstruction(pointed, instructions) ??
    variableAt(pointed) ??
    flagAt(pointed, instructions) ??
    wordAt(pointed, knowledge);
  if (found === undefined) return undefined;
  const [piece, meaning] = found;
  const [startColumn, endColumn] = [piece.start + 1, piece.start + piece.text.length + 1];
  return { range: { startLine: at.line, startColumn, endLine: at.line, endColumn }, meaning };
}

interface Pointed {
  word: Word;
  place: Place;
  /** offset in the line of what is pointed at */
  column: number;
  line: number;
  /** nothing follows on the line */
  isLast: boolean;
}
type Found = [piece: Word, meaning: Meaning] | undefined;

/** The piece of a text that an offset is in, or at the end of. */
function pieceAt(text: string, offset: number, pattern: RegExp, from = 0): Word | undefined {
  const found = [...text.matchAll(pattern)].find(
    ({ index, 0: match }) => from + index <= offset && offset <= from + index + match.length,
  );
  return found && { text: found[0], start: from + found.index };
}

function nameOfInstruction({ word, place }: Pointed, instructions: readonly Instruction[]): Found {
  const isName = place.instruction === undefined || (place.instruction === "ONBUILD" && place.before.length === 0);
  const instruction = isName ? instructions.find(({ name }) => name === word.text.toUpperCase()) : undefined;
  return instruction && [word, { kind: "instruction", instruction }];
}

/** `$NAME`, `${NAME…}`, or the name that an ARG or ENV sets. */
function variableAt({ word, place, column, line }: Pointed): Found {
  const used = pieceAt(word.text, column, /(?<!\\)\$(?:\w+|\{\w+[^}]*\}?)/g, word.start);
  if (used !== undefined) {
    const name = /\w+/.exec(used.text)?.[0] ?? "";
    const set = seenFrom(place, name);
    return set.length === 0 ? undefined : [used, { kind: "variable", name, set }];
  }
  const { instruction: keyword, before } = place;
  if (keyword !== "ARG" && keyword !== "ENV") return undefined;
  const [, name = "", value] = /^(\w+)(?:=(.*))?$/s.exec(word.text) ?? [];
  const isSet = keyword === "ARG" || value !== undefined || before.length === 0;
  if (name === "" || !isSet || column > word.start + name.length) return undefined;
  const here: Variable = { keyword, name, value, line, stage: place.stages.length - 1 };
  return [
    { ...word, text: name },
    { kind: "variable", name, set: [...seenFrom(place, name), here] },
  ];
}

/**
 * What sets a variable for a place: before the first stage and in FROM, ARGs from there; in a stage its own, and the ENVs
 * of the stages that it is based on. What is set before the first stage counts in a stage that says `ARG NAME`.
 */
function seenFrom({ instruction, stages, variables }: Place, name: string): Variable[] {
  const all = variables.filter((variable) => variable.name === name);
  const global = all.filter(({ stage }) => stage < 0);
  if (instruction === "FROM" || stages.length === 0) return global;
  const own = all.filter(({ stage }) => stage === stages.length - 1);
  const inherited: Variable[] = [];
  for (let index = baseOf(stages, stages.length - 1); index >= 0; index = baseOf(stages, index)) {
    inherited.unshift(...all.filter(({ stage, keyword }) => stage === index && keyword === "ENV"));
  }
  const isTaken = own.some(({ keyword, value }) => keyword === "ARG" && value === undefined);
  return [...inherited, ...(isTaken ? global : []), ...own];
}

/** The index of the stage that a stage is based on; -1: it is an image. */
function baseOf(stages: readonly Stage[], index: number): number {
  const base = stages[index]?.base.toLowerCase();
  return stages.slice(0, index).findLastIndex(({ name }) => name?.toLowerCase() === base);
}

/** A flag, or the stage or image that it names. */
function flagAt({ word, place, column }: Pointed, instructions: readonly Instruction[]): Found {
  // What comes behind something else is an argument of the command.
  if (!word.text.startsWith("--") || place.before.some((each) => !each.startsWith("--"))) return undefined;
  const named = /^--(?:from=|mount=(?:\S*,)?from=)([^,]+)/.exec(word.text);
  if (named !== null) {
    const [whole, name = ""] = named;
    const piece = { text: name, start: word.start + whole.length - name.length };
    if (column >= piece.start && column <= piece.start + name.length)
      return stageOrImage(piece, place.stages.slice(0, -1));
  }
  const [, flagName] = /^(--[\w-]+)/.exec(word.text) ?? [];
  const flags = instructions.find(({ name }) => name === place.instruction)?.flags ?? [];
  const same = flags.filter(({ name }) => name.replace(/=.*$/, "") === flagName);
  const type = /(?:=|,)type=(\w+)/.exec(word.text)?.[1] ?? "bind";
  const flag = same.find(({ name }) => name.includes(`=type=${type}`)) ?? same[0];
  return flag && [word, { kind: "flag", flag }];
}

function stageOrImage(piece: Word, stages: readonly Stage[]): Found {
  const name = piece.text.toLowerCase();
  const index = stages.findLastIndex((stage) => stage.name?.toLowerCase() === name);
  const stage = stages[index < 0 && /^\d+$/.test(name) ? Number(name) : index];
  if (stage !== undefined) return [piece, { kind: "stage", ...stage }];
  return piece.text.includes("$") ? undefined : [piece, { kind: "image", name: piece.text }];
}

/** Of FROM the image or the stage's name; of COPY and ADD a file of the context. */
function wordAt({ word, place, line, isLast }: Pointed, knowledge: Knowledge): Found {
  const { instruction, before, stages } = place;
  const flags = before.filter((each) => each.startsWith("--"));
  if (instruction === "FROM") {
    const others = before.length - flags.length;
    if (others === 0) return stageOrImage(word, stages);
    const own = stageOf([...before, word.text]);
    return others === 2 && own.name === word.text ? [word, { kind: "stage", ...own, line }] : undefined;
  }
  if (instruction !== "COPY" && instruction !== "ADD") return undefined;
  if (isLast || flags.some((each) => each.startsWith("--from="))) return undefined;
  const [name = ""] = /[^[\]",][^",]*/.exec(word.text) ?? [];
  if (name === "" || /[$\\]|^<<|^\w+:\/\/|^git@/.test(name)) return undefined;
  const piece = { text: name, start: word.start + word.text.indexOf(name) };
  return [piece, { kind: "files", name, found: filesOf(name, knowledge.files) }];
}

/** The files and directories that a source of COPY means, with all that is in them. */
function filesOf(source: string, files: readonly string[]): string[] {
  const path = source
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .join("/");
  if (path === "") return [...files];
  const depth = path.split("/").length;
  try {
    const pattern = parseGlob(path, { doubleStar: false });
    return files.filter((file) => pattern.matches(file.split("/").slice(0, depth).join("/")));
  } catch {
    // A bracket that is not closed yet.
    return [];
  }
}
