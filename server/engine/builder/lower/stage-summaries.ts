import type { StageSummary } from "../../../contract/build-events.ts";
import type { Dockerfile, Instruction, Stage } from "../dockerfile/ast.ts";
import type { PlannedStep } from "./stage-state.ts";

/** All stages of a Dockerfile, also those that the target has no need of, and what each takes from those above it. */
export function stageSummaries({ stages }: Dockerfile, steps: readonly PlannedStep[]): StageSummary[] {
  return stages.map((stage) => {
    const states = steps.filter((step) => step.stage === stage.name).map(({ state }) => state);
    // What FROM stands for may be a variable's value: that is known of a stage that was gone through.
    const parent = states[0]?.parent?.name ?? stageOf(stages, stage.index, stage.from.image.text)?.name;
    const copied = stage.instructions.flatMap((instruction) => sourcesOf(instruction));
    const uses = copied.flatMap(({ from, how }) => {
      const source = stageOf(stages, stage.index, from)?.name;
      return source === undefined ? [] : [{ stage: source, how }];
    });
    const all = [...(parent === undefined ? [] : [{ stage: parent, how: "base" as const }]), ...uses];
    return {
      name: stage.name,
      base: stage.from.image.text,
      range: stage.from.range,
      uses: [...new Map(all.map((use) => [`${use.how} ${use.stage}`, use])).values()],
      skipped: states.length === 0,
    };
  });
}

function sourcesOf(instruction: Instruction): { from: string; how: "copy" | "mount" }[] {
  switch (instruction.kind) {
    case "copy":
    case "add":
      return instruction.from === undefined ? [] : [{ from: instruction.from.text, how: "copy" }];
    case "run":
      return instruction.mounts.flatMap(({ fields }) => {
        const from = fields.find(({ name }) => name === "from")?.value;
        return from === undefined ? [] : [{ from, how: "mount" as const }];
      });
    default:
      return [];
  }
}

/** The stage above the one with the number `before` that a name or a number means. */
function stageOf(stages: readonly Stage[], before: number, name: string): Stage | undefined {
  const above = stages.slice(0, before);
  return /^\d+$/.test(name) ? above[Number(name)] : above.findLast((stage) => stage.name === name.toLowerCase());
}
