import { messages } from "../../lib/messages.ts";
import { stepNumbers } from "./build-state.ts";
import type { BuildState, BuildStep } from "./build-state.ts";

/** of an instruction, characters */
const mostTold = 80;

/** The step that failed; or the last one that is done, and the last one that has begun. */
export function tellingOf(build: BuildState): string {
  const numbers = stepNumbers(build);
  const last = (...states: readonly BuildStep["state"][]): { number: string; instruction: string } | undefined => {
    const step = build.steps.findLast(({ vertex, state }) => numbers.has(vertex.id) && states.includes(state));
    if (step === undefined) return undefined;
    const { id, instruction } = step.vertex;
    return { number: String(numbers.get(id)), instruction: instruction.slice(0, mostTold) };
  };
  const failed = last("failed");
  if (failed !== undefined) return messages.build.told.failed(failed);
  const [done, begun] = [last("done", "cached"), last("running")];
  return [done && messages.build.told.done(done), begun && messages.build.told.begun(begun)].filter(Boolean).join(" ");
}
