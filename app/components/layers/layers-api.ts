import type {
  ComparisonSides,
  DirectoryListing,
  FoundFiles,
  ImageComparison,
  ImageLayers,
} from "#contract/image-files.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { getJson, send } from "../../lib/http.ts";

type Values = Record<string, string | number | undefined>;

/** Which layers make the tree, and which of them are marked in it. */
export interface LayerPlace {
  layer: number;
  since: number;
  changesOnly: boolean;
}

/** What is in the workspace's images (contract/image-files.ts). */
export class LayersApi {
  readonly #base: string;

  constructor({ base }: Pick<WorkspaceApi, "base">) {
    this.#base = `${base}/images`;
  }

  layers(name: string): Promise<ImageLayers> {
    return getJson(this.#url("layers", { name }));
  }

  tree(name: string, place: LayerPlace, path: string): Promise<DirectoryListing> {
    return getJson(this.#url("tree", { name, ...valuesOf(place), path }));
  }

  find(name: string, place: LayerPlace, text: string): Promise<FoundFiles> {
    return getJson(this.#url("find", { name, ...valuesOf(place), text }));
  }

  /** Its first bytes, and how many it has. */
  async file(
    name: string,
    place: Partial<LayerPlace>,
    path: string,
  ): Promise<{ bytes: Uint8Array<ArrayBuffer>; size: number }> {
    const { layer, since } = place;
    const response = await send("GET", this.#url("file", { name, layer, since, path }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { bytes, size: Number(response.headers.get("x-drydock-size") ?? bytes.length) };
  }

  compare(sides: ComparisonSides): Promise<ImageComparison> {
    return getJson(this.#url("comparison", { ...sides }));
  }

  #url(name: string, values: Values): string {
    const query = Object.entries(values)
      .filter(([, value]) => value !== undefined)
      // Names on disk need not be Unicode.
      .map(([key, value]) => `${key}=${encodeURIComponent(String(value).toWellFormed())}`);
    return `${this.#base}/${name}?${query.join("&")}`;
  }
}

function valuesOf({ layer, since, changesOnly }: LayerPlace): Values {
  return { layer, since, changes: changesOnly ? 1 : 0 };
}
