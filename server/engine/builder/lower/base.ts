import { standInText } from "../../catalogue/stand-in.ts";
import type { Image } from "../../images/image-store.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import { platformOf } from "../../oci/platform.ts";
import type { HistoryEntry, ImageRunConfig, Platform } from "../../oci/types.ts";

/** What is known of a stage's base. */
export interface Base {
  id: Digest | undefined;
  layers: readonly LayerID[];
  history: readonly HistoryEntry[];
  platform: Platform;
  author: string | undefined;
  /** made here from the distribution's packages, not a registry's: what it really is */
  standIn: string | undefined;
  /** the very image: by its registry's digest, else by its own */
  pinned: string | undefined;
}

/** `FROM scratch`. */
export function scratchBase(platform: Platform): Base {
  const nothing = { id: undefined, layers: [], history: [], author: undefined, standIn: undefined, pinned: undefined };
  return { ...nothing, platform };
}

/** @param name as the Dockerfile has it */
export function baseOf(name: string, image: Image): Base {
  const { config } = image;
  return {
    id: image.id,
    layers: image.layers,
    history: config.history ?? [],
    platform: platformOf(config),
    author: config.author,
    standIn: image.standIn ? standInText(config, name) : undefined,
    pinned: pinnedName(name, image),
  };
}

/** Any of its repositories' names says which image it is; the one that was written says it best. */
function pinnedName(name: string, { repoDigests, id }: Image): string {
  const repository = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return repoDigests.find((each) => each.startsWith(`${repository}@`)) ?? repoDigests[0] ?? id;
}

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A base's configuration as a build begins with it: PATH is always set, but for Windows, which has its own. */
export function withPath(config: ImageRunConfig, { os }: Platform): ImageRunConfig {
  const env = config.Env ?? [];
  const has = os === "windows" || env.some((entry) => entry.startsWith("PATH="));
  return has ? config : { ...config, Env: [...env, defaultPath] };
}
