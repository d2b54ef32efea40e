import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";

/** Characters of the history of all stages: each RUN's has the values of all arguments before it. */
const mostHistory = 8 << 20;

/** Keeps a few long values and many instructions from becoming a history that no memory holds. */
export class HistoryBound {
  #length = 0;

  /** Call after every instruction: each adds one line. @throws BuildError */
  add({ history }: StageState, place: Place): void {
    this.#length += history.at(-1)?.createdBy.length ?? 0;
    if (this.#length > mostHistory) {
      throw place.fail(`the history of the image would be longer than ${mostHistory} characters`, {
        hint: "it has the values of the ARGs with every RUN after them: make them shorter",
      });
    }
  }
}
