import type { Dockerfile, Warning, WordInstruction } from "../../dockerfile/ast.ts";

/** MaintainerDeprecated: also of stages that are not built. */
export function maintainer({ stages }: Dockerfile): Warning[] {
  return stages
    .flatMap(({ instructions }) => instructions)
    .flatMap((instruction) => {
      if (instruction.kind !== "maintainer") {
        return [];
      }
      const message = "Maintainer instruction is deprecated in favor of using label";
      return [{ rule: "MaintainerDeprecated", message, range: instruction.range, ...fixOf(instruction) }];
    });
}

/** Where nothing in it would mean something else between quotes. */
function fixOf({ value, range }: WordInstruction): Pick<Warning, "fix"> {
  if (/[$\\`"]/.test(value)) {
    return {};
  }
  const text = `LABEL org.opencontainers.image.authors=${JSON.stringify(value)}`;
  return { fix: { title: `Write ${text}`, edits: [{ range, text }] } };
}
