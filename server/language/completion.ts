import type { Completion, Instruction, Knowledge, Position } from "./language-service.ts";
import { linesUpTo, placeAt } from "./scan.ts";

export function completionsAt(
  text: string,
  at: Position,
  knowledge: Knowledge,
  instructions: readonly Instruction[],
): { items: Completion[]; replaces: number } {
  const { instruction, word, before, stages, variables } = placeAt(linesUpTo(text, at));
  const answer = (items: Completion[], typed = word) => ({ items, replaces: typed.length });
  if (instruction === undefined) {
    return answer(
      instructions.map(({ name, form, about }) => ({
        kind: "instruction",
        label: name,
        insert: `${name} `,
        detail: form,
        about,
      })),
    );
  }
  const variable = /\$\{?(\w*)$/.exec(word);
  if (variable !== null) {
    const names = new Set(variables.map(({ name }) => name));
    return answer(named("variable", [...names]), variable[1] ?? "");
  }
  const images = named("image", knowledge.images);
  // Of a COPY, or of a mount of a RUN; a stage cannot take from itself, and one without a name is called by its number.
  const from = /^--(?:from=|mount=(?:\S*,)?from=)([^,]*)$/.exec(word);
  if (from !== null) {
    const others = stages.slice(0, -1).map(({ name }, index) => name ?? String(index));
    return answer([...named("stage", others), ...images], from[1] ?? "");
  }
  if (word.startsWith("-")) {
    const flags = instructions.find(({ name }) => name === instruction)?.flags ?? [];
    return answer(flags.map(({ name, about }) => ({ kind: "flag", label: name, insert: name, detail: about })));
  }
  if (instruction === "FROM")
    return answer([
      ...named(
        "stage",
        stages.map(({ name }) => name).filter((name) => name !== undefined),
      ),
      ...images,
    ]);
  // What another stage or image holds is not known here; the context's files are not what is meant.
  if (before.some((each) => each.startsWith("--from="))) return answer([]);
  if (instruction === "COPY" || instruction === "ADD") return answer(named("file", knowledge.files));
  return answer([]);
}

function named(kind: Completion["kind"], labels: readonly string[]): Completion[] {
  return labels.map((label) => ({ kind, label, insert: label }));
}
