import type { Chain } from "../lower/chain.ts";
import { withEntries } from "../lower/environment.ts";
import type { StageConfig } from "../lower/stage-config.ts";

/**
 * What ENV has made so far, as a step's difference from that of an earlier one: of thousands of steps each would else
 * keep all that the ones before it have set.
 */
export interface KeptEnvironment {
  /** the earlier step's place among the build's steps, or what the base image has */
  on: number | readonly string[];
  /** `NAME=value`, in order */
  set: readonly string[];
}

type Environment = StageConfig["environment"];

/** Keeps environments, one step's after the other. */
export class EnvironmentKeeper {
  /** who has come with this end first; by base where nothing was set */
  readonly #places = new Map<Chain<string> | Environment["base"], number>();
  #count = 0;

  keep({ base, end }: Environment): KeptEnvironment {
    const set: string[] = [];
    let at = end;
    while (at !== undefined && !this.#places.has(at)) {
      set.push(at.item);
      at = at.before;
    }
    const on = this.#places.get(at ?? base) ?? base ?? [];
    const place = this.#count++;
    if (end !== at || typeof on !== "number") {
      this.#places.set(end ?? base, place);
    }
    return { on, set: set.toReversed() };
  }
}

/** @param place of the step among those of its build */
export function environmentOf(
  steps: readonly { environment?: KeptEnvironment; config: { Env?: string[] } }[],
  place: number,
): string[] {
  const sets: (readonly string[])[] = [];
  let at = place;
  for (;;) {
    const step = steps[at];
    // a record of before there were differences
    if (step?.environment === undefined) return withEntries(step?.config.Env ?? [], sets.toReversed().flat());
    const { on, set } = step.environment;
    sets.push(set);
    if (typeof on !== "number") return withEntries(on, sets.toReversed().flat());
    at = on;
  }
}
