/**
 * What an editor asks about a Dockerfile that is being written: pure functions of its text, run in a worker of the page.
 * Lines and columns count from 1. Nothing is fetched; what the rest of the workspace knows is given (`Knowledge`).
 */
import { completionsAt } from "./completion.ts";
import { formatDockerfile } from "./format.ts";
import { hoverAt } from "./hover.ts";
import type { Hover } from "./hover.ts";
import { renameStage, stageAt, type StageNames } from "./rename.ts";
import { signatureAt } from "./signature.ts";

export interface Position {
  line: number;
  column: number;
}

/** `end` is exclusive. */
export interface TextRange {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

export interface TextEdit {
  range: TextRange;
  text: string;
}

/** One instruction of the language, in a line each. */
export interface Instruction {
  name: string;
  /** how it is written */
  form: string;
  about: string;
  /** the pieces of `form` in the order in which they are typed, flags first */
  parameters?: readonly string[];
  flags?: readonly Flag[];
}

export interface Flag {
  /** with the equals sign, if it takes a value */
  name: string;
  about: string;
}

/** What the rest of the workspace knows that a Dockerfile may name. */
export interface Knowledge {
  /** names with tags of images that are here */
  images: readonly string[];
  /** paths of the build context, directories with a slash behind */
  files: readonly string[];
}

export interface Completion {
  kind: "instruction" | "flag" | "variable" | "stage" | "image" | "file";
  label: string;
  insert: string;
  /** of an instruction how it is written, of a flag what it does */
  detail?: string;
  about?: string;
}

export interface Signature {
  label: string;
  about: string;
  /** pieces of the label */
  parameters: string[];
  /** the one that is being typed */
  active: number;
}

export class DockerfileLanguage {
  readonly #instructions: readonly Instruction[];

  /** @param instructions the language with its explanations, in the reader's language */
  constructor(instructions: readonly Instruction[]) {
    this.#instructions = instructions;
  }

  /** What could be written at a place, and how many characters before it that replaces. */
  complete(text: string, at: Position, knowledge: Knowledge): { items: Completion[]; replaces: number } {
    return completionsAt(text, at, knowledge, this.#instructions);
  }

  /** What the word at a place means. */
  hover(text: string, at: Position, knowledge: Knowledge): Hover | undefined {
    return hoverAt(text, at, knowledge, this.#instructions);
  }

  /** How the instruction is written that the place is in. */
  signature(text: string, at: Position): Signature | undefined {
    return signatureAt(text, at, this.#instructions);
  }

  /** The stage whose name is at a place, and every place of the name. */
  stage(text: string, at: Position): StageNames | undefined {
    return stageAt(text, at);
  }

  /** @throws InvalidArgument in a sentence: not a name of a stage, taken, or none at that place */
  rename(text: string, at: Position, name: string): TextEdit[] {
    return renameStage(text, at, name);
  }

  /** None when the text has a mistake, or is in order. */
  format(text: string): TextEdit[] {
    return formatDockerfile(text);
  }
}
