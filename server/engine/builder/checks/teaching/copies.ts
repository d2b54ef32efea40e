import type { CopyInstruction, RunInstruction, Stage } from "../../dockerfile/ast.ts";
import { withoutEnd } from "../../without-end.ts";
import { type Finding, linesOf, scriptOf, type TeachingCheck } from "./finding.ts";

/** AddInsteadOfCopy and ChangedAfterCopy. */
export const copies: TeachingCheck = (stages) =>
  stages.flatMap((stage) => [...stage.instructions.flatMap(addOfFiles), ...changedAfterCopy(stage)]);

/** ADD of what is surely neither an archive nor from elsewhere. */
function addOfFiles(instruction: Stage["instructions"][number]): Finding[] {
  if (instruction.kind !== "add" || instruction.checksum !== undefined || instruction.unpack !== undefined) {
    return [];
  }
  // an archive is known by its content: only directories and files of other kinds are surely none
  const plain = instruction.sources.every(({ text }) => {
    const isDirectory = /^\.{1,2}$|\/$/.test(text);
    const isFile = /\.\w+$/.test(text) && !/\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst|img|bin|git)$/.test(text);
    return (isDirectory || isFile) && !/:\/\/|^git@|[*?[$]/.test(text);
  });
  if (!plain) {
    return [];
  }
  const { startLine, startColumn } = instruction.range;
  const range = { startLine, startColumn, endLine: startLine, endColumn: startColumn + 3 };
  const keyword = instruction.text.startsWith("add") ? "copy" : "COPY";
  return [
    {
      rule: "AddInsteadOfCopy",
      message: "ADD also downloads and unpacks: COPY says that files are copied and nothing else",
      range: instruction.range,
      fix: { title: `Write ${keyword}`, edits: [{ range, text: keyword }] },
    },
  ];
}

function changedAfterCopy(stage: Stage): Finding[] {
  const found: Finding[] = [];
  for (const [index, run] of stage.instructions.entries()) {
    const change = run.kind === "run" ? changeOf(run) : undefined;
    if (run.kind !== "run" || change === undefined) {
      continue;
    }
    const copy = stage.instructions
      .slice(0, index)
      .findLast(
        (other): other is CopyInstruction =>
          (other.kind === "copy" || other.kind === "add") && covers(change.path, other.destination.text),
      );
    if (copy !== undefined) {
      found.push(finding(copy, run, change, isFirst(copy, run, stage)));
    }
  }
  return found;
}

/** The COPY is the first that changes files in its stage, and the RUN comes right behind it. */
function isFirst(copy: CopyInstruction, run: RunInstruction, stage: Stage): boolean {
  const changing = stage.instructions.filter(({ kind }) => ["copy", "add", "run", "workdir"].includes(kind));
  return changing[0] === copy && changing[1] === run;
}

interface Change {
  flag: "chown" | "chmod";
  value: string;
  path: string;
  recursive: boolean;
  /** it is all that the RUN does */
  alone: boolean;
}

function changeOf(run: RunInstruction): Change | undefined {
  const match = /\b(chown|chmod)\s+(-R\s+|--recursive\s+)?([\w:.,+=-]+)\s+([^\s;&|]+)\s*(.*)/s.exec(scriptOf(run));
  const [, flag, recursive, value, path, rest] = match ?? [];
  if ((flag !== "chown" && flag !== "chmod") || value === undefined || path === undefined) {
    return undefined;
  }
  const alone = match?.index === 0 && rest === "" && run.mounts.length === 0;
  return { flag, value, path, recursive: recursive !== undefined, alone };
}

function covers(path: string, destination: string): boolean {
  const clean = (text: string): string => withoutEnd(text, "/") || text.slice(0, 1);
  return clean(destination) === clean(path) || clean(destination).startsWith(`${clean(path)}/`);
}

/** Only if it comes to the same: whole owner or octal mode, of exactly what was copied. */
function isSafe(copy: CopyInstruction, change: Change): boolean {
  const [source, ...more] = copy.sources;
  const oneFile = more.length === 0 && /\.\w+$/.test(source?.text ?? "") && !copy.destination.text.endsWith("/");
  return (
    change.alone &&
    copy[change.flag] === undefined &&
    covers(copy.destination.text, change.path) &&
    (change.recursive || oneFile) &&
    (change.flag === "chown" ? /^\w+:\w+$/ : /^[0-7]+$/).test(change.value)
  );
}

function finding(copy: CopyInstruction, run: RunInstruction, change: Change, first: boolean): Finding {
  const flag = `--${change.flag}=${change.value}`;
  const message = `The files of line ${copy.range.startLine} are stored a second time for this: give COPY ${flag}`;
  const { startLine, startColumn } = copy.range;
  const at = startColumn + (copy.text.split(" ", 1)[0]?.length ?? 0);
  const edits = [
    { range: { startLine, startColumn: at, endLine: startLine, endColumn: at }, text: ` ${flag}` },
    { range: linesOf(run), text: "" },
  ];
  return {
    rule: "ChangedAfterCopy",
    message,
    range: run.range,
    ...(first && isSafe(copy, change) ? { fix: { title: `Give COPY ${flag}`, edits } } : {}),
  };
}
