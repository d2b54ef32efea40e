import type { LayerStore } from "../layers/layer-store.ts";
import { chainIdOf, type Digest } from "../oci/digest.ts";
import type { Image } from "./image-store.ts";

/** One line of `docker history`. */
export interface ImageHistoryEntry {
  /** of the image itself for the newest entry, of a parent image here, else undefined (`<missing>`) */
  id: Digest | undefined;
  /** RFC 3339, as the config has it */
  created: string | undefined;
  createdBy: string;
  tags: string[];
  /** bytes its layer adds */
  size: number;
  comment: string;
  empty: boolean;
}

/**
 * The history of `image`, newest first (Engine API, ImageHistory).
 * @param find an image that is here, by its id: parents name their entries
 */
export function imageHistory(
  image: Image,
  layers: Pick<LayerStore, "get">,
  find: (id: Digest) => Image | undefined,
): ImageHistoryEntry[] {
  let layer = 0;
  const entries = (image.config.history ?? []).map((entry): ImageHistoryEntry => {
    const empty = entry.empty_layer === true;
    const id = empty ? undefined : image.layers[layer++];
    return {
      id: undefined,
      created: entry.created,
      createdBy: entry.created_by ?? "",
      tags: [],
      size: id === undefined ? 0 : layers.get(id).size,
      comment: entry.comment ?? "",
      empty,
    };
  });
  // Layers that no history tells of, as in images made by minimal tools.
  for (; layer < image.layers.length; layer++) {
    const id = image.layers[layer];
    const size = id === undefined ? 0 : layers.get(id).size;
    entries.push({
      id: undefined,
      created: image.config.created,
      createdBy: "",
      tags: [],
      size,
      comment: "",
      empty: false,
    });
  }
  entries.reverse();
  let known: Image | undefined = image;
  for (const entry of entries) {
    if (known === undefined) {
      break;
    }
    entry.id = known.id;
    entry.tags = known.tags;
    known = known.parent === undefined ? undefined : find(known.parent);
  }
  return entries;
}

/** Bytes that each image shares with others of the list, by image id (`docker system df -v`). */
export function sharedSizes(images: readonly Image[], layers: Pick<LayerStore, "get">): Map<Digest, number> {
  const users = new Map<string, number>();
  for (const layer of images.flatMap((image) => [...new Set(image.layers)])) {
    users.set(layer, (users.get(layer) ?? 0) + 1);
  }
  return new Map(
    images.map((image) => [
      image.id,
      image.layers.reduce((sum, id) => sum + ((users.get(id) ?? 0) > 1 ? layers.get(id).size : 0), 0),
    ]),
  );
}

/** Bytes of all layers that the images have, each once. */
export function totalLayerSize(images: readonly Image[], layers: Pick<LayerStore, "get">): number {
  const all = new Set(images.flatMap((image) => image.layers));
  return [...all].reduce((sum, id) => sum + layers.get(id).size, 0);
}

/** Bytes that the topmost layer of each chain of the images adds, by chainID. */
export function sizesByChain(images: readonly Image[], layers: Pick<LayerStore, "get">): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const image of images) {
    image.layers.forEach((id, index) => {
      const chain = chainIdOf(image.config.rootfs.diff_ids.slice(0, index + 1));
      if (chain !== undefined && !sizes.has(chain)) {
        sizes.set(chain, layers.get(id).size);
      }
    });
  }
  return sizes;
}
