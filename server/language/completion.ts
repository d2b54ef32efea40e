import type { Completion, Instruction, Knowledge, Position } from "./language-service.ts";
import { linesUpTo, placeAt } from "./scan.ts";

export function completionsAt(
  text: string,
  at: Position,
  knowledge: Knowledge,
  instructions: readonly Instruction[],
): { items: Completion[]; replaces: number } {
  const { instruction, word, stages, variables } = placeAt(linesUpTo(text, at));
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
  if (variable !== null) return answer(named("variable", variables), variable[1] ?? "");
  const from = /^--from=(.*)$/.exec(word);
  const sources = [...named("stage", stages), ...named("image", knowledge.images)];
  if (from !== null) return answer(sources, from[1] ?? "");
  if (word.startsWith("-")) {
    const flags = instructions.find(({ name }) => name === instruction)?.flags ?? [];
    return answer(flags.map(({ name, about }) => ({ kind: "flag", label: name, insert: name, detail: about })));
  }
  if (instruction === "FROM") return answer(sources);
  if (instruction === "COPY" || instruction === "ADD") return answer(named("file", knowledge.files));
  return answer([]);
}

function named(kind: Completion["kind"], labels: readonly string[]): Completion[] {
  return labels.map((label) => ({ kind, label, insert: label }));
}
