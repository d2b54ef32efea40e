import type { Instruction, Position, Signature } from "./language-service.ts";
import { linesUpTo, placeAt } from "./scan.ts";

/** How the instruction is written that a place is in, with the piece that is being typed there. */
export function signatureAt(text: string, at: Position, instructions: readonly Instruction[]): Signature | undefined {
  const { instruction, word, before } = placeAt(linesUpTo(text, at));
  const found = instructions.find(({ name }) => name === instruction);
  if (found === undefined) return undefined;
  const { form, about, parameters = [] } = found;
  return { label: form, about, parameters: [...parameters], active: activeOf(parameters, word, before) };
}

/** Flags are typed first, then the others in their order; the last one may be repeated. */
function activeOf(parameters: readonly string[], word: string, before: readonly string[]): number {
  const isFlag = (text: string): boolean => text.startsWith("--");
  const flags = parameters.filter((parameter) => isFlag(parameter.replace(/^\[/, ""))).length;
  const others = before.filter((each) => !isFlag(each)).length;
  if (isFlag(word) && others === 0) return 0;
  return Math.min(flags + others, Math.max(0, parameters.length - 1));
}
