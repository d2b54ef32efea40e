import { isEngineError } from "../../errdefs/errors.ts";
import type { Image, ImageStore } from "../../images/image-store.ts";
import type { LayerID, LayerStore } from "../../layers/layer-store.ts";
import { digestOf, emptyTar, hexOf, type Digest } from "../../oci/digest.ts";
import type { HistoryEntry, ImageConfig, ImageRunConfig } from "../../oci/types.ts";
import { BuildError, type BuildErrorOptions } from "../build-error.ts";
import type { PlannedInstruction, StepContainer, StepImage } from "../builder.ts";
import type { PlannedStep, StageState } from "../lower/stage-state.ts";
import type { BuildResult } from "../ops/result.ts";
import type { KeyReport, Solved, Vertex } from "../solver/types.ts";
import type { SourceFile } from "../dockerfile/source.ts";
import { checkLayers } from "../too-many-layers.ts";
import { epochTime } from "../epoch.ts";
import { HistoryCache } from "./history-cache.ts";
import { knownKind, lookAtKind } from "./copied-kind.ts";
import { contentMark, type StepHistory } from "./step-history.ts";

export interface StepImagesOptions {
  images: ImageStore;
  layers: Pick<LayerStore, "diffId" | "get">;
  /** images that alone are the cache; undefined: all that there are */
  cacheImages?: readonly string[] | undefined;
  /** of builds that leave no image of each step, and whose image is here: their steps count as if they had */
  keptLayers: Iterable<LayerID>;
  /** also of steps whose images are not here: other tenants of the group have made them */
  takesAll: boolean;
  /** in the order of the Dockerfile */
  steps: readonly PlannedStep[];
  plan: readonly PlannedInstruction[];
  /** the Dockerfile's text */
  source: SourceFile;
  /** never take an image that is there for a step that only changes the configuration */
  noCache: boolean;
  /** SOURCE_DATE_EPOCH: the time of all that this build made, seconds; then no image names a container either */
  epoch: number | undefined;
  /** the engine's, as images name it */
  version: string;
  onImage: (step: StepImage) => void;
}

/** A stage's newest image. */
interface Tip {
  id: Digest | undefined;
  /** of the image */
  layers: LayerID[];
  /** what the next step stands on: the last of `layers`, or one without content on it */
  top: LayerID | undefined;
  history: HistoryEntry[];
}

/**
 * An image after every instruction, each the next one's parent, as the classic builder leaves them: what it names in its
 * output can be run, also after a failure. The solver runs ahead; the images follow in the Dockerfile's order.
 */
export class StepImages {
  readonly #options: StepImagesOptions;
  readonly #solved = new Map<Digest, PromiseWithResolvers<Solved<BuildResult> | undefined>>();
  /** what a COPY or ADD read, by its vertex */
  readonly #contents = new Map<Digest, Digest>();
  readonly #results = new Map<Digest, BuildResult>();
  readonly #tips = new Map<StageState, Tip>();
  readonly #byParent: Map<Digest | undefined, Image[]>;
  /** vertices of steps that are through */
  readonly #done = new Set<Digest>();
  /** of all images that there were when it began, and of the steps that count as such */
  readonly #layers: ReadonlySet<LayerID>;
  /** of the images that were named */
  readonly named: HistoryCache | undefined;
  #stopped = false;

  constructor(options: StepImagesOptions) {
    this.#options = options;
    const { cacheImages } = options;
    const sources = cacheImages?.flatMap((name) => findOrNone(options.images, name));
    const images = sources === undefined ? options.images.list() : withAncestors(sources, options.images);
    this.named =
      sources === undefined
        ? undefined
        : new HistoryCache(sources, options.steps, (step, content) => `${knownKind(step) ?? "file"}:${hexOf(content)}`);
    this.#byParent = Map.groupBy(images, ({ parent }) => parent);
    const kept = sources === undefined ? options.keptLayers : [];
    this.#layers = new Set([...images.flatMap(({ layers }) => layers), ...kept]);
  }

  /**
   * Whether a step may be taken from the cache: the classic builder's cache is the images that there are, so that a
   * step runs again when its image was removed.
   */
  accepts(vertex: Vertex<BuildResult>, result: BuildResult): boolean {
    const { takesAll, cacheImages } = this.#options;
    if (takesAll && cacheImages === undefined) {
      return true;
    }
    if (result.kind !== "layer" || result.layer === undefined || this.#layers.has(result.layer)) {
      return true;
    }
    const step = this.#options.steps.find((candidate) => candidate.vertex?.digest === vertex.digest);
    const layer = this.#options.layers.get(result.layer);
    if (step === undefined || layer.diffId !== emptyTar) {
      return step === undefined;
    }
    const beneath = this.#solid(layer.parent);
    return [...this.#byParent.values()].some((images) =>
      images.some(
        ({ config, layers }) =>
          layers.at(-1) === beneath && config.history?.at(-1)?.created_by === step.history.createdBy,
      ),
    );
  }

  /** The first layer from here down that has content. */
  #solid(id: LayerID | undefined): LayerID | undefined {
    for (let at = id; at !== undefined;) {
      const layer = this.#options.layers.get(at);
      if (layer.diffId !== emptyTar) {
        return at;
      }
      at = layer.parent;
    }
    return undefined;
  }

  solved(vertex: Vertex<BuildResult>, solved: Solved<BuildResult>, { inputs }: KeyReport): void {
    const contents = inputs.flatMap(({ content }) => (content === undefined ? [] : [content.digest]));
    if (contents.length > 0) {
      this.#contents.set(vertex.digest, digestOf(contents.join(" ")));
    }
    this.#results.set(vertex.digest, solved.result);
    this.#waitFor(vertex.digest).resolve(solved);
  }

  /** Nothing more is going to be solved: `run` ends at the first step that is not. */
  stop(): void {
    this.#stopped = true;
    for (const waiting of this.#solved.values()) {
      waiting.resolve(undefined);
    }
  }

  /** Makes the images as the steps are solved. Returns the last one's id. @throws ResourceExhausted, BuildError (too many layers) */
  async run(): Promise<Digest | undefined> {
    let last: Digest | undefined;
    for (const step of this.#options.steps) {
      const solved = step.vertex === undefined ? undefined : await this.#waitFor(step.vertex.digest).promise;
      if (step.vertex !== undefined && solved === undefined) {
        return undefined;
      }
      last = step.kind === "from" ? this.#begin(step) : await this.#add(step, solved);
    }
    return last;
  }

  #begin(step: PlannedStep): Digest | undefined {
    const { base, parent } = step.state;
    const before = parent === undefined ? undefined : this.#tips.get(parent);
    const tip = before ?? {
      id: base.id,
      layers: [...base.layers],
      top: base.layers.at(-1),
      history: [...base.history],
    };
    this.#tips.set(step.state, { ...tip });
    this.#tell(step, { imageId: tip.id, cached: false });
    return tip.id;
  }

  async #add(step: PlannedStep, solved: Solved<BuildResult> | undefined): Promise<Digest> {
    const tip = this.#tips.get(step.state);
    if (tip === undefined) {
      throw new TypeError(`step ${step.id} comes before its FROM`);
    }
    const layer = solved?.result.kind === "layer" ? solved.result.layer : undefined;
    const changed = layer !== undefined && layer !== tip.top;
    const added = changed && (await this.#options.layers.diffId(layer)) !== emptyTar;
    const layers = added ? [...tip.layers, layer] : tip.layers;
    checkLayers(layers.length, (message, options) => this.#fail(message, step, options));
    const { container } = step;
    // Another stage may have done the same in this build: what it left is taken, too.
    const again = step.vertex !== undefined && this.#done.has(step.vertex.digest);
    if (step.vertex !== undefined) this.#done.add(step.vertex.digest);
    const reusable = solved?.cached === true || ((solved === undefined || again) && !this.#options.noCache);
    const { history: written, known } = await this.#written(step, layer, (createdBy) =>
      reusable ? this.#find(tip.id, createdBy, layers) : undefined,
    );
    const { createdBy, command } = written;
    const historic = reusable && known === undefined ? this.named?.step(step, layers) : undefined;
    const created = historic?.entry.created ?? this.#timeOf(solved);
    const entry: HistoryEntry = {
      created,
      ...(step.after.author === undefined ? {} : { author: step.after.author }),
      created_by: createdBy,
      ...(added ? {} : { empty_layer: true }),
    };
    const history = known?.config.history ?? [...tip.history, historic?.entry ?? entry];
    const image =
      known ??
      (historic?.last === true ? historic.image : undefined) ??
      (await this.#options.images.create({
        config: configOf(step, {
          created,
          history,
          command,
          container: this.#options.epoch === undefined && historic === undefined ? container : undefined,
          parent: tip.id,
          version: this.#options.version,
        }),
        layers,
        ...(tip.id === undefined ? {} : { parent: tip.id }),
      }));
    if (known === undefined) this.#byParent.set(tip.id, [...(this.#byParent.get(tip.id) ?? []), image]);
    this.#tips.set(step.state, { id: image.id, layers, top: changed ? layer : tip.top, history: [...history] });
    this.#tell(step, {
      imageId: image.id,
      cached: known !== undefined || historic !== undefined || solved?.cached === true,
      container: { id: container, parent: tip.id, command: written.ran ?? command, kind: step.kind },
    });
    return image.id;
  }

  #fail(message: string, { range }: PlannedStep, options: BuildErrorOptions): BuildError {
    return new BuildError(message, range === undefined ? undefined : { source: this.#options.source, range }, options);
  }

  #timeOf(solved: Solved<BuildResult> | undefined): string {
    const { epoch } = this.#options;
    const time = solved?.cached === true ? solved.createdAt : Date.now();
    return epoch === undefined ? new Date(time).toISOString() : epochTime(epoch);
  }

  #find(parent: Digest | undefined, createdBy: string, layers: readonly LayerID[]): Image | undefined {
    return this.#byParent
      .get(parent)
      ?.find(
        ({ config, layers: own }) =>
          config.history?.at(-1)?.created_by === createdBy &&
          own.length === layers.length &&
          own.every((layer, index) => layer === layers[index]),
      );
  }

  /**
   * The step in the history, with the name of what it brought: of files of the context by what they are, so that the same
   * files have one name in every build. Whether they are a directory is looked up only where no image tells.
   */
  async #written(
    step: PlannedStep,
    layer: LayerID | undefined,
    find: (createdBy: string) => Image | undefined,
  ): Promise<{ history: StepHistory; known: Image | undefined }> {
    const { history } = step;
    if (layer === undefined || !history.createdBy.includes(contentMark)) {
      const plain = replaced(history, "");
      return { history: plain, known: find(plain.createdBy) };
    }
    const read = step.from || step.vertex === undefined ? undefined : this.#contents.get(step.vertex.digest);
    const digest = hexOf(read ?? (await this.#options.layers.diffId(layer)));
    const kind = knownKind(step);
    for (const candidate of kind === undefined ? (["dir", "file", "multi"] as const) : [kind]) {
      const written = replaced(history, `${candidate}:${digest}`);
      const known = find(written.createdBy);
      if (known !== undefined) return { history: written, known };
    }
    const looked = await lookAtKind(step, (vertex) => this.#results.get(vertex.digest));
    return { history: replaced(history, `${looked}:${digest}`), known: undefined };
  }

  /** The container of a step whose predecessors are through. */
  containerOf(step: PlannedStep): StepContainer {
    const { container: id, history, kind, state } = step;
    return { id, parent: this.#tips.get(state)?.id, command: history.ran ?? history.command, kind };
  }

  #tell(step: PlannedStep, told: Pick<StepImage, "imageId" | "cached" | "container">): void {
    const line = step.range?.startLine;
    const index = this.#options.plan.findIndex((planned) => planned.line === line);
    this.#options.onImage({ index, trigger: step.trigger, note: step.note, ...told });
  }

  #waitFor(vertex: Digest): PromiseWithResolvers<Solved<BuildResult> | undefined> {
    let waiting = this.#solved.get(vertex);
    if (waiting === undefined) {
      waiting = Promise.withResolvers();
      this.#solved.set(vertex, waiting);
      if (this.#stopped) {
        waiting.resolve(undefined);
      }
    }
    return waiting;
  }
}

/** What is no name at all names no image, as with dockerd. */
function findOrNone(images: ImageStore, name: string): Image[] {
  try {
    return [images.find(name) ?? []].flat();
  } catch (error) {
    if (isEngineError(error, "invalid_argument")) return [];
    throw error;
  }
}

function replaced({ createdBy, command, ran }: StepHistory, content: string): StepHistory {
  return {
    createdBy: createdBy.replace(contentMark, content),
    command: command.map((word) => word.replace(contentMark, content)),
    ...(ran === undefined ? {} : { ran }),
  };
}

function configOf(
  { state, after, kind }: PlannedStep,
  made: {
    created: string;
    history: HistoryEntry[];
    command: string[];
    container: string | undefined;
    parent: Digest | undefined;
    version: string;
  },
): ImageConfig {
  const config: ImageRunConfig = { ...after.config.toImage(), Image: made.parent ?? "" };
  if (kind === "cmd") {
    delete config.ArgsEscaped;
  }
  // dockerd notes a change of the configuration in a container, which takes labels from its image, if only none
  const isNoted = made.parent !== undefined && kind !== "run" && kind !== "copy" && kind !== "add";
  const labels = isNoted ? { Labels: config.Labels ?? {} } : {};
  return {
    created: made.created,
    ...(after.author === undefined ? {} : { author: after.author }),
    ...state.base.platform,
    config,
    ...(made.container === undefined ? {} : { container: made.container }),
    container_config: { ...config, ...labels, Hostname: made.container?.slice(0, 12) ?? "", Cmd: made.command },
    docker_version: made.version,
    rootfs: { type: "layers", diff_ids: [] },
    history: made.history,
  };
}

/** The images with all that they were made from. */
function withAncestors(images: readonly Image[], store: ImageStore): Image[] {
  const all = new Map<Digest, Image>();
  for (const first of images) {
    for (let image: Image | undefined = first; image !== undefined && !all.has(image.id);) {
      all.set(image.id, image);
      image = image.parent === undefined ? undefined : store.find(image.parent);
    }
  }
  return [...all.values()];
}
