import type { Dockerfile, FromInstruction, Instruction, Warning } from "../../dockerfile/ast.ts";

/** ConsistentInstructionCasing, FromAsCasing, StageNameCasing. */
export function casing(dockerfile: Dockerfile): Warning[] {
  const instructions: Instruction[] = dockerfile.stages.flatMap((stage) => [stage.from, ...stage.instructions]);
  const froms = dockerfile.stages.map((stage) => stage.from);
  return [...froms.flatMap(stageNameCasing), ...froms.flatMap(asCasing), ...keywordCasing(instructions)];
}

function keywordOf(instruction: Instruction): string {
  return instruction.text.split(" ", 1)[0] ?? "";
}

const isLower = (text: string): boolean => text === text.toLowerCase();
const isUpper = (text: string): boolean => text === text.toUpperCase();

/** The majority decides; upper case when there is none. */
function keywordCasing(instructions: readonly Instruction[]): Warning[] {
  const keywords = instructions.map(keywordOf);
  const lower = keywords.filter(isLower).length > keywords.filter((keyword) => isUpper(keyword)).length;
  return instructions.flatMap((instruction) => {
    const keyword = keywordOf(instruction);
    const wanted = lower ? keyword.toLowerCase() : keyword.toUpperCase();
    if (keyword === wanted) {
      return [];
    }
    const { startLine, startColumn } = instruction.range;
    const range = { startLine, startColumn, endLine: startLine, endColumn: startColumn + keyword.length };
    return {
      rule: "ConsistentInstructionCasing",
      message: `Command '${keyword}' should match the case of the command majority (${lower ? "lowercase" : "uppercase"})`,
      range: instruction.range,
      fix: { title: `Write ${wanted}`, edits: [{ range, text: wanted }] },
    };
  });
}

function asCasing(from: FromInstruction): Warning[] {
  const keyword = keywordOf(from);
  const as = from.as;
  if (as === undefined || !(isLower(keyword) || isUpper(keyword))) {
    return [];
  }
  const wanted = isLower(keyword) ? as.text.toLowerCase() : as.text.toUpperCase();
  return as.text === wanted
    ? []
    : [
        {
          rule: "FromAsCasing",
          message: `'${as.text}' and '${keyword}' keywords' casing do not match`,
          range: from.range,
          fix: { title: `Write ${wanted}`, edits: [{ range: as.range, text: wanted }] },
        },
      ];
}

function stageNameCasing(from: FromInstruction): Warning[] {
  const name = from.aliasWord;
  if (name === undefined || isLower(name.text)) {
    return [];
  }
  return [
    {
      rule: "StageNameCasing",
      message: `Stage name '${name.text}' should be lowercase`,
      range: from.range,
      fix: { title: `Write ${name.text.toLowerCase()}`, edits: [{ range: name.range, text: name.text.toLowerCase() }] },
    },
  ];
}
