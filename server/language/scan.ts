import type { Position } from "./language-service.ts";

/** What is known at one place of a Dockerfile that is being written, which need not be whole. */
export interface Place {
  /** the instruction that the place is in, in capitals; undefined at the beginning of one */
  instruction: string | undefined;
  /** the word that ends at the place */
  word: string;
  /** the words of the instruction before that one, its own name aside */
  before: string[];
  /** the stages above, in their order. The last is the one that the place is in */
  stages: Stage[];
  /** the variables above */
  variables: Variable[];
}

export interface Stage {
  name: string | undefined;
  /** an image, or a stage before it */
  base: string;
  /** of its FROM */
  line: number;
}

/** One name that an ARG or ENV sets. */
export interface Variable {
  keyword: "ARG" | "ENV";
  name: string;
  /** as it is written; undefined: an ARG without a default */
  value: string | undefined;
  line: number;
  /** the index of its stage; -1 before the first */
  stage: number;
}

/** @param lines of the text, the last one cut at the place */
export function placeAt(lines: readonly string[]): Place {
  const stages: Stage[] = [];
  const variables: Variable[] = [];
  let current = "";
  let start = 0;
  let inside = false;
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1;
    if (!inside) [current, start] = ["", index + 1];
    if (/^\s*#/.test(line) && !last) continue;
    current += `${inside ? " " : ""}${line.replace(/\\\s*$/, "")}`;
    inside = /\\\s*$/.test(line);
    if (inside || last) continue;
    const [, name = "", rest = ""] = /^\s*(\w+)\s+(.*)$/.exec(current) ?? [];
    const keyword = name.toUpperCase();
    if (keyword === "FROM") stages.push({ ...stageOf(rest.split(/\s+/)), line: start });
    if (keyword === "ARG" || keyword === "ENV") variables.push(...setBy(keyword, rest, start, stages.length - 1));
  }
  const [begin = "", name] = /^\s*(?:ONBUILD\s+)?(\w+)\s/i.exec(current) ?? [];
  const instruction = name?.toUpperCase();
  return {
    instruction,
    word: /\S*$/.exec(current)?.[0] ?? "",
    before: current
      .slice(begin.length)
      .split(/\s+/)
      .filter(Boolean)
      .slice(0, /\S$/.test(current) ? -1 : undefined),
    stages,
    variables,
  };
}

/** What the words behind FROM say. */
export function stageOf(words: readonly string[]): Pick<Stage, "name" | "base"> {
  const [base = "", as, name] = words.filter((word) => word !== "" && !word.startsWith("--"));
  return { base, name: as?.toLowerCase() === "as" ? name : undefined };
}

/** `A=1 B="two words"`; of an ARG also `A`, of an ENV also `A the rest`. */
function setBy(keyword: "ARG" | "ENV", text: string, line: number, stage: number): Variable[] {
  const set = (name: string, value: string | undefined): Variable => ({ keyword, name, value, line, stage });
  const [, single, rest] = (keyword === "ENV" && /^(\w+)\s+(.*?)\s*$/.exec(text)) || [];
  if (single !== undefined) return [set(single, rest)];
  const pairs = text.matchAll(/(?:^|\s)(\w+)(?:=("[^"]*"|'[^']*'|\S*))?(?=\s|$)/g);
  return [...pairs]
    .map(([, name = "", value]) => set(name, value))
    .filter(({ value }) => keyword === "ARG" || value !== undefined);
}

/** The lines up to a place, the last one cut there. */
export function linesUpTo(text: string, { line, column }: Position): string[] {
  const lines = text.split(/\r?\n/).slice(0, line);
  lines[lines.length - 1] = (lines.at(-1) ?? "").slice(0, column - 1);
  return lines;
}
