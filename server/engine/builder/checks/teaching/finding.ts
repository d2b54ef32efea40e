import type { SourceRange } from "../../../../contract/build-events.ts";
import type { Dockerfile, Instruction, RunInstruction, Stage, Warning } from "../../dockerfile/ast.ts";
import { heredocContent } from "../../dockerfile/heredoc.ts";
import type { CheckedImage } from "../checked-image.ts";

/** A warning, and the steps whose bytes and seconds speak for it (default: the one at its range). */
export type Finding = Warning & { evidenceOf?: SourceRange[] };

export type TeachingCheck = (stages: readonly Stage[], image: CheckedImage, dockerfile: Dockerfile) => Finding[];

/** The script of a RUN: its line, or its here-documents. */
export function scriptOf(run: RunInstruction): string {
  const line = run.command.form === "exec" ? run.command.args.join(" ") : run.command.line;
  return [line, ...run.heredocs.map(heredocContent)].join("\n");
}

export function runsOf(stage: Stage): RunInstruction[] {
  return stage.instructions.filter((instruction) => instruction.kind === "run");
}

/** The stages whose layers the image has: the target and what it is FROM. */
export function layersOf(stages: readonly Stage[], target: string): Stage[] {
  const chain: Stage[] = [];
  let next = stages.find((stage) => stage.name === target);
  while (next !== undefined) {
    const current = next;
    chain.unshift(current);
    next = stages.find((stage) => stage.index < current.index && stage.from.alias === current.from.image.text);
  }
  return chain;
}

/** Where an instruction ends: text put there continues it. */
export function endOf(instruction: Instruction): SourceRange {
  const { endLine, endColumn } = instruction.range;
  return { startLine: endLine, startColumn: endColumn, endLine, endColumn };
}

/** Its whole lines, to take it away. */
export function linesOf(instruction: Instruction): SourceRange {
  const { startLine, endLine } = instruction.range;
  return { startLine, startColumn: 1, endLine: endLine + 1, endColumn: 1 };
}

/** A shell-form RUN of one command line, to which `&& ...` can be added. */
export function isPlainShell(run: RunInstruction): boolean {
  return run.command.form === "shell" && run.heredocs.length === 0 && !/[#;&|]\s*$/.test(run.command.line);
}
