import { maxConfigSize } from "../../oci/validate.ts";
import type { Instruction } from "../dockerfile/ast.ts";
import { checkLayers } from "../too-many-layers.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";

/** Bytes, as JSON, of the history of all stages. The values of ENV and LABEL are in the config once more. */
const mostHistory = maxConfigSize / 2;

/** Refuses what no image can be at the line where it grows too large, before anything has run. */
export class ImageBounds {
  readonly #countLayers: boolean;
  #length = 0;

  /** @param options.countLayers every RUN, COPY and ADD makes one (with the classic builder only what changed files) */
  constructor(options: { countLayers: boolean }) {
    this.#countLayers = options.countLayers;
  }

  /** Call after every instruction: each adds one line. @throws BuildError */
  add({ kind }: Instruction, state: StageState, place: Place): void {
    this.#length += Buffer.byteLength(JSON.stringify(state.history.at(-1)?.createdBy ?? ""));
    if (this.#length > mostHistory) {
      throw place.fail(`the history of the image would be longer than ${mostHistory} bytes`, {
        hint: "it has the values of the ARGs with every RUN after them: make them shorter",
      });
    }
    if (this.#countLayers && (kind === "run" || kind === "copy" || kind === "add")) {
      checkLayers(++state.layers, (message, options) => place.fail(message, options));
    }
  }
}
