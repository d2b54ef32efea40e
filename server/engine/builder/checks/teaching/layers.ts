import type { RunInstruction, Stage } from "../../dockerfile/ast.ts";
import { type Finding, isPlainShell, layersOf, linesOf, scriptOf, type TeachingCheck } from "./finding.ts";

/** From how many RUN in a row on they are better one. */
const enough = 3;

/** NeedlessLayers and RemovedTooLate, of the layers that the image has. */
export const layers: TeachingCheck = (stages, image) =>
  layersOf(stages, image.target).flatMap((stage) => [...rowsOfRuns(stage), ...lateRemovals(stage)]);

function rowsOfRuns(stage: Stage): Finding[] {
  const found: Finding[] = [];
  let row: RunInstruction[] = [];
  for (const instruction of [...stage.instructions, undefined]) {
    const simple =
      instruction?.kind === "run" &&
      isPlainShell(instruction) &&
      instruction.mounts.length + instruction.devices.length === 0 &&
      instruction.network === undefined;
    if (simple) {
      row.push(instruction);
      continue;
    }
    const [first] = row;
    if (first !== undefined && row.length >= enough) {
      found.push(joined(first, row));
    }
    row = [];
  }
  return found;
}

function joined(first: RunInstruction, row: readonly RunInstruction[]): Finding {
  const lines = row.map((run) => (run.command.form === "shell" ? run.command.line : ""));
  // `a; b`, `cd` and variables would mean something else in one shell
  const safe = lines.every(
    (line) => /^[\w./:=@%+,\s~*?"'-]*( && [\w./:=@%+,\s~*?"'-]*)*$/.test(line) && !/\bcd\b/.test(line),
  );
  const keyword = first.text.split(" ", 1)[0] ?? "RUN";
  return {
    rule: "NeedlessLayers",
    message: `${row.length} RUN in a row make ${row.length} layers: join them with && where they belong together`,
    range: first.range,
    evidenceOf: row.map((run) => run.range),
    ...(safe
      ? {
          fix: {
            title: "Join them with &&",
            edits: [
              { range: first.range, text: `${keyword} ${lines.join(" && \\\n    ")}` },
              ...row.slice(1).map((run) => ({ range: linesOf(run), text: "" })),
            ],
          },
        }
      : {}),
  };
}

/** A RUN that removes what an earlier one made: the bytes stay where they are. */
function lateRemovals(stage: Stage): Finding[] {
  return stage.instructions.flatMap((instruction, index): Finding[] => {
    if (instruction.kind !== "run") {
      return [];
    }
    const removes = /^\s*(rm\s|apt-get\s+clean|apt-get\s+autoremove|yum\s+clean|dnf\s+clean)/.test(
      scriptOf(instruction),
    );
    const before = stage.instructions
      .slice(0, index)
      .filter((other) => other.kind === "run" || other.kind === "copy" || other.kind === "add");
    const last = before.at(-1);
    if (!removes || last === undefined) {
      return [];
    }
    return [
      {
        rule: "RemovedTooLate",
        message: "What this removes stays in the layers below: remove it in the RUN that makes it",
        range: instruction.range,
        evidenceOf: [last.range],
      },
    ];
  });
}
