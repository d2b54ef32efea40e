import type { ArgInstruction, Dockerfile, FromInstruction, Warning } from "../../dockerfile/ast.ts";

/** InvalidDefinitionDescription: the comment right before a named stage or an ARG begins with its name. */
export function descriptions(dockerfile: Dockerfile): Warning[] {
  const described: (FromInstruction | ArgInstruction)[] = [
    ...dockerfile.globalArgs,
    ...dockerfile.stages.flatMap((stage) => [
      stage.from,
      ...stage.instructions.filter((instruction) => instruction.kind === "arg"),
    ]),
  ];
  return described.flatMap((instruction) => {
    const names =
      instruction.kind === "arg"
        ? instruction.args.map(({ name }) => name)
        : [instruction.alias].filter((alias) => alias !== undefined);
    const comment = instruction.comments?.at(-1);
    const [name] = names;
    if (comment === undefined || name === undefined || names.includes(comment.split(" ", 1)[0] ?? "")) {
      return [];
    }
    const keyword = instruction.kind === "arg" ? "ARG" : "FROM";
    const shown = names.length > 1 ? "<arg_key>" : name;
    return {
      rule: "InvalidDefinitionDescription",
      message: `Comment for ${keyword} should follow the format: \`# ${shown} <description>\``,
      range: instruction.range,
    };
  });
}
