import type { Image } from "../../images/image-store.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { HistoryEntry } from "../../oci/types.ts";
import type { PlannedStep, StageState } from "../lower/stage-state.ts";
import type { BuildResult } from "../ops/result.ts";
import type { ImportedRecord, ImportedResults, KnownInput, Vertex } from "../solver/types.ts";
import { contentMark } from "./step-history.ts";

/** A step as an image's history has it. */
export interface HistoricStep {
  image: Image;
  entry: HistoryEntry;
  /** the image's own last one */
  last: boolean;
}

/**
 * Images that were named as cache (the classic builder's `--cache-from`): a step is taken from one whose history is the
 * same up to there, on the same base (moby image/cache). Nothing else is taken: not a step that an image has in another
 * place, nor one of an image that was not named.
 */
export class HistoryCache implements ImportedResults<BuildResult> {
  readonly #images: readonly Image[];
  readonly #steps: readonly PlannedStep[];
  readonly #nameContent: (step: PlannedStep, content: Digest) => string;
  /** what each COPY and ADD brings, as far as it is known */
  readonly #contents = new Map<Digest, Digest>();

  /** @param nameContent what stands for the files in the history */
  constructor(
    images: readonly Image[],
    steps: readonly PlannedStep[],
    nameContent: (step: PlannedStep, content: Digest) => string,
  ) {
    this.#images = images;
    this.#steps = steps;
    this.#nameContent = nameContent;
  }

  find(
    _key: Digest,
    vertex: Vertex<BuildResult>,
    inputs: readonly KnownInput[],
  ): ImportedRecord<BuildResult> | undefined {
    const step = this.#steps.find(
      (candidate) => candidate.kind !== "from" && candidate.vertex?.digest === vertex.digest,
    );
    if (step === undefined) {
      return undefined;
    }
    const read = inputs.flatMap(({ content }) => (content === undefined ? [] : [content.digest]));
    if (read.length > 0) {
      this.#contents.set(vertex.digest, digestOf(read.join(" ")));
    }
    const found = this.step(step);
    if (found === undefined) {
      return undefined;
    }
    const { image, entry } = found;
    const position = (image.config.history ?? []).indexOf(entry);
    const below = (image.config.history ?? []).slice(0, position + 1).filter((one) => one.empty_layer !== true).length;
    const layer = image.layers[below - 1];
    return {
      id: `history ${image.id} ${position}`,
      createdAt: Date.parse(entry.created ?? "") || 0,
      bring: async () => ({ kind: "layer", layer, bytes: 0 }),
    };
  }

  /**
   * Where an image has the step, with all before it.
   * @param layers what the image must have first
   */
  step(step: PlannedStep, layers: readonly LayerID[] = step.state.base.layers): HistoricStep | undefined {
    const { base } = step.state;
    const written = this.#before(step.state, step);
    if (written === undefined) {
      return undefined;
    }
    for (const image of this.#images) {
      const history = image.config.history ?? [];
      const own = history.slice(base.history.length, base.history.length + written.length);
      const entry = own.at(-1);
      const same =
        entry !== undefined &&
        own.length === written.length &&
        own.every((one, index) => one.created_by === written[index]) &&
        JSON.stringify(history.slice(0, base.history.length)) === JSON.stringify(base.history) &&
        layers.every((layer, index) => image.layers[index] === layer);
      if (same) {
        return { image, entry, last: history.length === base.history.length + written.length };
      }
    }
    return undefined;
  }

  /** What the history says of the stage's steps up to that one; undefined where that cannot be told yet. */
  #before(state: StageState, last: PlannedStep): string[] | undefined {
    const earlier = state.parent === undefined ? [] : this.#all(state.parent);
    const own = this.#steps.filter((step) => step.state === state && step.kind !== "from" && step.index <= last.index);
    const written = [...(earlier ?? [undefined]), ...own.map((step) => this.#written(step))];
    const known = written.filter((text) => text !== undefined);
    return known.length === written.length ? known : undefined;
  }

  #all(state: StageState): string[] | undefined {
    const last = this.#steps.findLast((step) => step.state === state && step.kind !== "from");
    return last === undefined ? [] : this.#before(state, last);
  }

  #written(step: PlannedStep): string | undefined {
    const { createdBy } = step.history;
    if (!createdBy.includes(contentMark)) {
      return createdBy;
    }
    const content = step.vertex === undefined || step.from ? undefined : this.#contents.get(step.vertex.digest);
    return content === undefined ? undefined : createdBy.replace(contentMark, this.#nameContent(step, content));
  }
}
