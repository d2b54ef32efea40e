import type { LayerEntry } from "../../diff/layer-entries.ts";
import { OutOfRange } from "../../errdefs/errors.ts";
import type { LayerFiles, LayerID } from "../../layers/layer-store.ts";
import { ImageTree, type OnHidden } from "./image-tree.ts";

/** Files of one image that are shown. */
const perImage = 400_000;
/** Entries kept, of layers and of trees each: some 300 bytes apiece. */
const kept = 800_000;

/**
 * The files of layers and the trees they make, read once: layers never change. Shared by all tenants, who come to it
 * with the layers of their own images. Reads one layer at a time, so that nobody's large image takes all there is.
 */
export class LayerIndex {
  readonly #layers: LayerFiles;
  readonly #entries = new Kept<readonly LayerEntry[]>((entries) => entries.length);
  readonly #trees = new Kept<ImageTree>(({ count }) => count);
  #reading: Promise<unknown> = Promise.resolve();

  constructor(layers: LayerFiles) {
    this.#layers = layers;
  }

  /** What one layer has of its own. @throws NotFound, OutOfRange */
  async entries(layer: LayerID): Promise<readonly LayerEntry[]> {
    return this.#entries.get(layer, () => {
      const read = this.#reading.then(() => this.#layers.entries(layer, perImage));
      this.#reading = read.catch(() => {});
      return read;
    });
  }

  /** @param since what layers from this one on do is marked. @throws NotFound, OutOfRange */
  async tree(layers: readonly LayerID[], since: number): Promise<ImageTree> {
    return this.#trees.get(`${since} ${layers.join(" ")}`, () => this.#build(layers, new ImageTree(since)));
  }

  /** As `tree`, of its own, telling what is hidden. */
  async hidden(layers: readonly LayerID[], onHidden: OnHidden): Promise<void> {
    await this.#build(layers, new ImageTree(layers.length, onHidden));
  }

  async #build(layers: readonly LayerID[], tree: ImageTree): Promise<ImageTree> {
    for (const [index, layer] of layers.entries()) {
      tree.add(index, await this.entries(layer));
      if (tree.count > perImage) {
        throw new OutOfRange(`the image has more than ${perImage.toLocaleString("en")} files: too many to be shown`);
      }
    }
    tree.settle();
    return tree;
  }
}

/** The values used last, as many as weigh no more than `kept` together. What fails is not kept. */
class Kept<Value> {
  readonly #weigh: (value: Value) => number;
  readonly #values = new Map<string, { value: Promise<Value>; weight: number }>();

  constructor(weigh: (value: Value) => number) {
    this.#weigh = weigh;
  }

  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    if (known !== undefined) {
      // The order of a Map is that of insertion: the one used last is the last.
      this.#values.delete(key);
      this.#values.set(key, known);
      return known.value;
    }
    const value = make();
    const entry = { value, weight: 0 };
    this.#values.set(key, entry);
    value.then(
      (made) => {
        entry.weight = this.#weigh(made);
        this.#drop();
      },
      () => this.#values.delete(key),
    );
    return value;
  }

  #drop(): void {
    let weight = [...this.#values.values()].reduce((sum, each) => sum + each.weight, 0);
    for (const [key, each] of this.#values) {
      if (weight <= kept || this.#values.size === 1) return;
      weight -= each.weight;
      this.#values.delete(key);
    }
  }
}
