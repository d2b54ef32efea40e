import type { CommandInstruction } from "../../dockerfile/ast.ts";
import { layersOf, type TeachingCheck } from "./finding.ts";

/** RunsAsRoot: the image's program has all rights in its container. */
export const user: TeachingCheck = (stages, image) => {
  const chain = layersOf(stages, image.target);
  const name = image.user.split(":", 1)[0] ?? "";
  const program = chain
    .flatMap((stage) => stage.instructions)
    .findLast((instruction): instruction is CommandInstruction => {
      const isProgram = instruction.kind === "cmd" || instruction.kind === "entrypoint";
      return isProgram && (instruction.command.form === "shell" || instruction.command.args.length > 0);
    });
  if (program === undefined || !["", "root", "0"].includes(name)) {
    return [];
  }
  // Nothing there can create a user, and a number needs none.
  const message =
    chain[0]?.from.image.text === "scratch"
      ? "The container's program runs as root: give it another user's number with USER 65532 before CMD"
      : "The container's program runs as root: create a user and name it with USER before CMD";
  return [{ rule: "RunsAsRoot", message, range: program.range }];
};
