import type { Dockerfile, Instruction } from "../engine/builder/dockerfile/ast.ts";
import { parseDockerfile } from "../engine/builder/dockerfile/parser.ts";
import type { TextEdit } from "./language-service.ts";

/**
 * Instructions in capitals at the beginning of their lines, one space behind them, continued lines indented, no white
 * space at the ends of lines, one empty line at most and one before each stage, a newline at the end. What is quoted,
 * here-documents and comments stay as they are: what would mean something else than before is not touched.
 */
export function formatDockerfile(text: string): TextEdit[] {
  const before = meaningOf(text);
  if (before === undefined) return [];
  const formatted = formattedText(text, before.dockerfile);
  if (formatted === text || meaningOf(formatted)?.meaning !== before.meaning) return [];
  return [{ range: wholeOf(text), text: formatted }];
}

function wholeOf(text: string): TextEdit["range"] {
  const lines = text.split("\n");
  return { startLine: 1, startColumn: 1, endLine: lines.length, endColumn: (lines.at(-1) ?? "").length + 1 };
}

/** What a text says, places and white space aside; undefined if it has a mistake. */
function meaningOf(text: string): { dockerfile: Dockerfile; meaning: string } | undefined {
  let dockerfile: Dockerfile;
  try {
    dockerfile = parseDockerfile(text);
  } catch {
    return undefined;
  }
  const { directives, globalArgs, stages } = dockerfile;
  return { dockerfile, meaning: JSON.stringify([directives, globalArgs, stages], withoutLayout) };
}

const layout = new Set(["range", "source", "comments", "warnings", "as"]);

/** For JSON.stringify: leaves places out, and how much white space stands between the words of a shell's command. */
function withoutLayout(this: unknown, key: string, value: unknown): unknown {
  const isInstruction = typeof this === "object" && this !== null && "kind" in this;
  if (layout.has(key) || (key === "text" && isInstruction)) return undefined;
  return key === "line" && typeof value === "string" ? value.replaceAll(/\s+/g, " ") : value;
}

function formattedText(text: string, { globalArgs, stages }: Dockerfile): string {
  const lines = text.split(/\r?\n/);
  const instructions: Instruction[] = [
    ...globalArgs,
    ...stages.flatMap(({ from, instructions: own }) => [from, ...own]),
  ];
  const isKept = new Set<number>();
  for (const instruction of instructions) {
    const { startLine, endLine } = instruction.range;
    const heredocs = linesOfHeredocs(lines, startLine, endLine);
    for (let line = heredocs ?? endLine + 1; line <= endLine; line++) isKept.add(line);
    formatInstruction(lines, instruction, heredocs === undefined ? endLine : heredocs - 1);
  }
  const starts = new Set(stages.slice(1).map(({ from }) => from.range.startLine));
  return layOut(lines, { isKept, starts });
}

/** The first line of an instruction's here-documents: from there on all of it is kept. */
function linesOfHeredocs(lines: readonly string[], startLine: number, endLine: number): number | undefined {
  for (let line = startLine; line <= endLine; line++) {
    if (/<<-?["']?\w/.test(lines[line - 1] ?? "")) return line + 1;
  }
  return undefined;
}

function formatInstruction(lines: string[], instruction: Instruction, lastLine: number): void {
  const { startLine } = instruction.range;
  const first = lines[startLine - 1] ?? "";
  lines[startLine - 1] = first.replace(/^\s*(\w+)(\s+)(?=\S)/, (_, name: string) => `${name.toUpperCase()} `);
  if (instruction.kind === "from" && startLine === instruction.range.endLine) {
    lines[startLine - 1] = (lines[startLine - 1] ?? "").replace(/\s+as\s+(?=\S+\s*$)/i, " AS ");
  }
  let quote = "";
  for (let line = startLine; line <= lastLine; line++) {
    const now = lines[line - 1] ?? "";
    if (line > startLine && quote === "" && /^\t*\S/.test(now) && !now.startsWith("#")) {
      lines[line - 1] = `    ${now.trimStart()}`;
    }
    quote = quoteAfter(now, quote);
  }
}

/** The quote that is open at the end of a line. */
function quoteAfter(line: string, open: string): string {
  let quote = open;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] ?? "";
    if (letter === "\\" && quote !== "'") at++;
    else if (quote === "" && (letter === '"' || letter === "'")) quote = letter;
    else if (letter === quote) quote = "";
  }
  return quote;
}

function layOut(
  lines: readonly string[],
  { isKept, starts }: { isKept: ReadonlySet<number>; starts: ReadonlySet<number> },
): string {
  const result: string[] = [];
  const isEmpty = (line: string | undefined): boolean => line !== undefined && line.trim() === "";
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (isKept.has(number)) {
      result.push(line);
      continue;
    }
    const clean = line.trimEnd();
    if (clean === "" && isEmpty(result.at(-1)) && !isKept.has(index)) continue;
    if (starts.has(number)) {
      // Comments right before a stage are about it.
      let at = result.length;
      while (at > 0 && /^\s*#/.test(result[at - 1] ?? "")) at--;
      if (at > 0 && !isEmpty(result[at - 1])) result.splice(at, 0, "");
    }
    result.push(clean);
  }
  while (result.length > 1 && isEmpty(result.at(-1)) && isEmpty(result.at(-2))) result.pop();
  if (!isEmpty(result.at(-1))) result.push("");
  return result.join("\n");
}
