import type { Image, ImageStore } from "../../images/image-store.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import { normalisePlatform } from "../../oci/platform.ts";
import type { HistoryEntry, ImageConfig, Platform } from "../../oci/types.ts";
import { canonicalJson } from "../../oci/json.ts";
import { inlineRecords } from "../portable/cache-layers.ts";
import type { LocalRecord } from "../portable/cache-recorder.ts";
import { epochTime } from "../epoch.ts";
import { BuildError } from "../build-error.ts";
import type { SourceFile } from "../dockerfile/source.ts";
import type { PlannedStep, StageState } from "../lower/stage-state.ts";
import type { BuildResult } from "../ops/result.ts";
import type { HandWork } from "../records/build-records.ts";
import type { Given } from "../records/given.ts";
import type { Solved } from "../solver/types.ts";
import { checkLayers } from "../too-many-layers.ts";

const comment = "buildkit.dockerfile.v0";

export interface ExportOptions {
  images: ImageStore;
  state: StageState;
  /** for the place of the one that makes a layer too many: before it ran, nobody knew whether a WORKDIR makes one */
  steps: readonly PlannedStep[];
  source: SourceFile;
  /** by vertex digest */
  solved: ReadonlyMap<Digest, Solved<BuildResult>>;
  /** by vertex digest; told in the history, too */
  byHand: Given["byHand"];
  /** given with the build, over those of the Dockerfile */
  labels: Record<string, string>;
  /** that was asked for; without one it is the base's */
  platform: Platform | undefined;
  tags: readonly string[];
  /** goes into the image, as BuildKit's inline cache */
  inlineCache?: readonly LocalRecord[] | undefined;
  /** SOURCE_DATE_EPOCH: the time of all that this build made, seconds */
  epoch?: number | undefined;
}

/**
 * Makes an image of a solved stage: its layers are the base's and what each step added; steps that added nothing are
 * empty in the history. Times are those when the layers were made, so a build that is all cached gives the same image.
 * @throws BuildError at the step that makes more layers than an image can have
 */
export async function exportImage(options: ExportOptions): Promise<Image> {
  const { images, state, tags, labels } = options;
  const { layers, history } = stack(options);
  const created =
    options.epoch === undefined
      ? (history.at(-1)?.created ?? new Date().toISOString())
      : timeOf(Date.now(), options.epoch);
  const runConfig = structuredClone(state.config.toImage());
  if (Object.keys(labels).length > 0) {
    runConfig.Labels = { ...runConfig.Labels, ...labels };
  }
  const config: ImageConfig = {
    created,
    ...(state.author === undefined ? {} : { author: state.author }),
    ...imagePlatform(state.base.platform, options.platform),
    config: runConfig,
    rootfs: { type: "layers", diff_ids: [] },
    history,
    ...(options.inlineCache === undefined
      ? {}
      : {
          "moby.buildkit.cache.v0": canonicalJson(
            inlineRecords(options.inlineCache, layers, options.epoch !== undefined),
          ).toString("base64"),
        }),
  };
  return images.create({
    config,
    layers,
    tags: [...tags],
    ...(state.base.id === undefined ? {} : { parent: state.base.id }),
  });
}

/** What was asked for counts, also on a base of another platform; what that leaves open is the base's if it is the same. */
function imagePlatform(base: Platform, target: Platform | undefined): Platform {
  if (target === undefined) return normalisePlatform(base);
  const same = base.os === target.os && base.architecture === target.architecture;
  return normalisePlatform(same ? { ...base, ...target } : target);
}

function stack({ state, steps, source, solved, byHand, epoch }: ExportOptions): {
  layers: LayerID[];
  history: HistoryEntry[];
} {
  const layers = [...state.base.layers];
  const history: HistoryEntry[] = [];
  const addWork = (work: HandWork | undefined): void => {
    const after = steps.find(({ id }) => id === work?.step)?.instruction ?? "";
    for (const { layer, leftBy } of work?.layers ?? []) {
      layers.push(layer);
      const text =
        leftBy === undefined ? `# changed by hand in a shell after ${after}` : `# left when it failed by ${leftBy}`;
      history.push({ created: timeOf(Date.now(), epoch), created_by: text, comment });
    }
  };
  addWork(byHand.get(baseVertex(state, steps)?.digest as Digest));
  for (const planned of state.history) {
    const step = planned.vertex === undefined ? undefined : solved.get(planned.vertex.digest);
    const work = planned.vertex === undefined ? undefined : byHand.get(planned.vertex.digest);
    const top = step?.result.kind === "layer" ? step.result.layer : undefined;
    const layer = work === undefined ? top : work.own;
    const added = layer !== undefined && layer !== layers.at(-1);
    if (added) {
      layers.push(layer);
      const range = steps.find(({ vertex }) => vertex === planned.vertex)?.range;
      const place = range === undefined ? undefined : { source, range };
      checkLayers(layers.length, (message, more) => new BuildError(message, place, more));
    }
    history.push({
      ...(epoch !== undefined || (step !== undefined && added)
        ? { created: timeOf(step?.createdAt ?? Date.now(), epoch) }
        : {}),
      created_by: planned.createdBy,
      comment,
      ...(added ? {} : { empty_layer: true }),
    });
    addWork(work);
  }
  return { layers, history: withTimes([...state.base.history, ...history]) };
}

/** Of the FROM that the image begins with. */
function baseVertex(state: StageState, steps: readonly PlannedStep[]): PlannedStep["vertex"] {
  let first = state;
  while (first.parent !== undefined) first = first.parent;
  return steps.find((step) => step.state === first && step.kind === "from")?.vertex;
}

function timeOf(milliseconds: number, epoch: number | undefined): string {
  return epoch === undefined ? new Date(milliseconds).toISOString() : epochTime(epoch);
}

/** Entries without a layer take the time of the one before them; at the beginning, that of the first with a time. */
function withTimes(history: readonly HistoryEntry[]): HistoryEntry[] {
  let created = history.find((entry) => entry.created !== undefined)?.created ?? new Date().toISOString();
  return history.map((entry) => {
    created = entry.created ?? created;
    return { ...entry, created };
  });
}
