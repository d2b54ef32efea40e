import type { Dockerfile, Warning } from "../../dockerfile/ast.ts";

const reserved = ["context", "scratch"];

/** DuplicateStageName, ReservedStageName. */
export function stageNames(dockerfile: Dockerfile): Warning[] {
  const seen = new Set<string>();
  return dockerfile.stages.flatMap(({ from }) => {
    const warnings: Warning[] = [];
    const { alias, range } = from;
    if (alias === undefined) {
      return warnings;
    }
    if (reserved.includes(alias)) {
      const message = `Stage name should not use the same name as reserved stage "${alias}"`;
      warnings.push({ rule: "ReservedStageName", message, range });
    }
    if (seen.has(alias)) {
      const message = `Duplicate stage name "${alias}", stage names should be unique`;
      warnings.push({ rule: "DuplicateStageName", message, range });
    }
    seen.add(alias);
    return warnings;
  });
}
