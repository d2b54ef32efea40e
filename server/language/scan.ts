import type { Position } from "./language-service.ts";

/** What is known at one place of a Dockerfile that is being written, which need not be whole. */
export interface Place {
  /** the instruction that the place is in, in capitals; undefined at the beginning of one */
  instruction: string | undefined;
  /** the word that ends at the place */
  word: string;
  /** the words of the instruction before that one, its own name aside */
  before: string[];
  /** names of the stages above, in their order; undefined for one without a name. The last is the one that the place is in */
  stages: (string | undefined)[];
  /** names of ARG and ENV above */
  variables: string[];
}

/** @param lines of the text, the last one cut at the place */
export function placeAt(lines: readonly string[]): Place {
  const stages: Place["stages"] = [];
  const variables: string[] = [];
  let current = "";
  let inside = false;
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1;
    if (!inside) current = "";
    if (/^\s*#/.test(line) && !last) continue;
    current += `${inside ? " " : ""}${line.replace(/\\\s*$/, "")}`;
    inside = /\\\s*$/.test(line);
    if (inside || last) continue;
    const [, name = "", rest = ""] = /^\s*(\w+)\s+(.*)$/.exec(current) ?? [];
    const keyword = name.toUpperCase();
    if (keyword === "FROM") stages.push(/\sas\s+(\S+)\s*$/i.exec(rest)?.[1]);
    if (keyword === "ARG") variables.push(...rest.split(/\s+/).map((word) => word.split("=")[0] ?? ""));
    if (keyword === "ENV") variables.push(...namesOfEnv(rest));
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
    variables: [...new Set(variables)].filter((name) => /^\w+$/.test(name)),
  };
}

function namesOfEnv(text: string): string[] {
  const pairs = [...text.matchAll(/(?:^|\s)(\w+)=(?:"[^"]*"|'[^']*'|\S*)/g)].map((match) => match[1] ?? "");
  return pairs.length > 0 ? pairs : [text.split(/\s+/)[0] ?? ""];
}

/** The lines up to a place, the last one cut there. */
export function linesUpTo(text: string, { line, column }: Position): string[] {
  const lines = text.split(/\r?\n/).slice(0, line);
  lines[lines.length - 1] = (lines.at(-1) ?? "").slice(0, column - 1);
  return lines;
}
