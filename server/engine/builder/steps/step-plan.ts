import type { SourceRange } from "../../../contract/build-events.ts";
import type { PlannedInstruction } from "../builder.ts";
import { epochArgument } from "../epoch.ts";
import type { Dockerfile, Instruction, Stage } from "../dockerfile/ast.ts";
import { LineReader } from "../dockerfile/lines.ts";
import { stepArguments } from "../lower/built-in-arguments.ts";

/**
 * `plain`: the output says why each step ran. `docker build --progress` does not reach the classic endpoint, and the
 * variable of its default does as an argument.
 */
export const progressArgument = "BUILDKIT_PROGRESS";

/** Arguments that count without an ARG. */
const builtInArguments = new Set([
  epochArgument,
  progressArgument,
  ...stepArguments,
  ...["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
]);

/** Only the stages up to the target: the classic builder goes no further, and leaves none of these out. */
export function stagesUpTo(stages: readonly Stage[], target: string | undefined): readonly Stage[] {
  if (target === undefined || target === "") {
    return stages;
  }
  const named = stages.findIndex((stage) => stage.from.alias === target.toLowerCase());
  const index = named < 0 && /^\d+$/.test(target) ? Number(target) : named;
  return index < 0 ? stages : stages.slice(0, index + 1);
}

/** All instructions that the classic builder counts, in order. */
export function planOf(dockerfile: Dockerfile, target: string | undefined): PlannedInstruction[] {
  const { globalArgs, stages, warnings } = dockerfile;
  const written = writtenLines(dockerfile);
  const emptyAt = warnings.filter(({ rule }) => rule === "NoEmptyContinuation").map(({ range }) => range.startLine);
  const instructions: Instruction[] = [
    ...globalArgs,
    ...stagesUpTo(stages, target).flatMap((stage) => [stage.from, ...stage.instructions]),
  ];
  return instructions.map((instruction, index) => {
    const line = instruction.range.startLine;
    const next = instructions[index + 1]?.range.startLine ?? Number.POSITIVE_INFINITY;
    return {
      text: written.get(line) ?? instruction.text,
      line,
      kind: index < globalArgs.length ? "global-arg" : instruction.kind,
      emptyContinuation: emptyAt.some((at) => at >= line && at < next),
    };
  });
}

/** Instructions with their white space as it is in the file, by their first lines. */
function writtenLines({ source, directives }: Dockerfile): Map<number, string> {
  const reader = new LineReader(source, directives.escape, { onEmptyContinuation: () => {} });
  const texts = new Map<number, string>();
  for (let line = reader.read(); line !== undefined; line = reader.read()) {
    texts.set(line.startLine, line.text.trim());
  }
  return texts;
}

/** Given arguments that no ARG asks for, sorted. */
export function unusedArguments(
  { globalArgs, stages }: Dockerfile,
  given: Readonly<Record<string, unknown>>,
): string[] {
  const instructions: Instruction[] = [...globalArgs, ...stages.flatMap((stage) => stage.instructions)];
  const declared = new Set(
    instructions.flatMap((instruction) => (instruction.kind === "arg" ? instruction.args.map(({ name }) => name) : [])),
  );
  return Object.keys(given)
    .filter((name) => !declared.has(name) && !builtInArguments.has(name))
    .toSorted();
}

/**
 * The build's own labels are instructions of the last stage that is built, sorted, on lines after all others: where
 * there are any, the stages behind that one are left out.
 */
export function withLabels(
  dockerfile: Dockerfile,
  labels: Readonly<Record<string, string>>,
  target: string | undefined,
): Dockerfile {
  const stages = stagesUpTo(dockerfile.stages, target);
  const last = stages.at(-1);
  if (last === undefined || Object.keys(labels).length === 0) {
    return dockerfile;
  }
  const written = dockerfile.stages.at(-1) ?? last;
  const end = (written.instructions.at(-1) ?? written.from).range;
  const added = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value], index) => {
      const startLine = end.endLine + 1 + index;
      const range: SourceRange = { startLine, startColumn: 1, endLine: startLine, endColumn: 1 };
      return {
        kind: "label" as const,
        text: `LABEL ${name}=${value}`,
        range,
        pairs: [{ name: quoted(name), value: quoted(value), range }],
      };
    });
  const stage = { ...last, instructions: [...last.instructions, ...added] };
  return { ...dockerfile, stages: [...stages.slice(0, -1), stage] };
}

/** So that nothing in it is expanded. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** What stands before `line`; undefined when that is no stage yet. */
export function dockerfileBefore(dockerfile: Dockerfile, line: number): Dockerfile | undefined {
  const stages = dockerfile.stages
    .filter((stage) => stage.from.range.startLine < line)
    .map((stage) => ({
      ...stage,
      instructions: stage.instructions.filter((instruction) => instruction.range.startLine < line),
    }));
  return stages.length === 0 ? undefined : { ...dockerfile, stages };
}
