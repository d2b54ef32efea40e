import type { ContentProvider } from "../content/store.ts";
import type { LayerID, LayerStore } from "../layers/layer-store.ts";
import type { DiffID, Digest } from "../oci/digest.ts";
import { maxConfigSize } from "../oci/validate.ts";
import { familiarName, parseReference } from "../reference/reference.ts";
import type { Image } from "./image-store.ts";

/** One image of an archive that is to be written. */
export interface SavedImage {
  image: Image;
  /** exact bytes of its config */
  config: Buffer;
  /** familiar, in the order in which they were asked for */
  names: string[];
  /** lowest first */
  layers: { layer: LayerID; diffId: DiffID }[];
  /** the image it was made from, if that is in the archive, too */
  parent: Digest | undefined;
}

/** Reads what the archive says before any content. An image comes after those it was built on. */
export async function savedImages(
  chosen: readonly { image: Image; tags: ReadonlySet<string> }[],
  stores: { content: ContentProvider; layers: Pick<LayerStore, "diffId"> },
): Promise<SavedImage[]> {
  const lowestFirst = chosen.toSorted((a, b) => historyOf(a.image) - historyOf(b.image));
  return await Promise.all(
    lowestFirst.map(async ({ image, tags }) => ({
      image,
      config: await stores.content.read(image.id, maxConfigSize),
      names: [...tags],
      layers: await Promise.all(
        image.layers.map(async (layer) => ({ layer, diffId: await stores.layers.diffId(layer) })),
      ),
      parent: chosen.some((other) => other.image.id === image.parent) ? image.parent : undefined,
    })),
  );
}

function historyOf(image: Image): number {
  return image.config.history?.length ?? 0;
}

/** The file `repositories`, of archives before Docker 1.10: what names an image's topmost layer, by repository and tag. */
export function repositories(
  images: readonly SavedImage[],
  topOf: (image: SavedImage) => string,
): Record<string, Record<string, string>> | undefined {
  const tags: Record<string, Record<string, string>> = {};
  for (const image of images) {
    for (const name of image.names) {
      const { tag = "", ...repository } = parseReference(name);
      const key = familiarName({ ...repository, tag });
      tags[key] = { ...tags[key], [tag]: topOf(image) };
    }
  }
  return Object.keys(tags).length === 0 ? undefined : tags;
}
