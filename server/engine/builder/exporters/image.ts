import type { Image, ImageStore } from "../../images/image-store.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import type { HistoryEntry, ImageConfig } from "../../oci/types.ts";
import { canonicalJson } from "../../oci/json.ts";
import { inlineRecords } from "../portable/cache-layers.ts";
import type { LocalRecord } from "../portable/cache-recorder.ts";
import { epochTime } from "../epoch.ts";
import type { StageState } from "../lower/stage-state.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Solved } from "../solver/types.ts";

const comment = "buildkit.dockerfile.v0";

export interface ExportOptions {
  images: ImageStore;
  state: StageState;
  /** by vertex digest */
  solved: ReadonlyMap<Digest, Solved<BuildResult>>;
  /** given with the build, over those of the Dockerfile */
  labels: Record<string, string>;
  tags: readonly string[];
  /** goes into the image, as BuildKit's inline cache */
  inlineCache?: readonly LocalRecord[] | undefined;
  /** SOURCE_DATE_EPOCH: the time of all that this build made, seconds */
  epoch?: number | undefined;
}

/**
 * Makes an image of a solved stage: its layers are the base's and what each step added; steps that added nothing are
 * empty in the history. Times are those when the layers were made, so a build that is all cached gives the same image.
 */
export async function exportImage(options: ExportOptions): Promise<Image> {
  const { images, state, tags, labels } = options;
  const { layers, history } = stack(state, options.solved, options.epoch);
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
    architecture: state.base.architecture,
    os: state.base.os,
    ...(state.base.variant === undefined ? {} : { variant: state.base.variant }),
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

function stack(
  state: StageState,
  solved: ReadonlyMap<Digest, Solved<BuildResult>>,
  epoch: number | undefined,
): { layers: LayerID[]; history: HistoryEntry[] } {
  const layers = [...state.base.layers];
  const history: HistoryEntry[] = [];
  for (const planned of state.history) {
    const step = planned.vertex === undefined ? undefined : solved.get(planned.vertex.digest);
    const layer = step?.result.kind === "layer" ? step.result.layer : undefined;
    const added = layer !== undefined && layer !== layers.at(-1);
    if (added) {
      layers.push(layer);
    }
    history.push({
      ...(epoch !== undefined || (step !== undefined && added)
        ? { created: timeOf(step?.createdAt ?? Date.now(), epoch) }
        : {}),
      created_by: planned.createdBy,
      comment,
      ...(added ? {} : { empty_layer: true }),
    });
  }
  return { layers, history: withTimes([...state.base.history, ...history]) };
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
