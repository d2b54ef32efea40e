import { encodeHeader, padding } from "../diff/tar/tar-writer.ts";
import { DataLoss } from "../errdefs/errors.ts";
import type { LayerID, LayerStore } from "../layers/layer-store.ts";
import type { DiffID } from "../oci/digest.ts";

const common = {
  uid: 0,
  gid: 0,
  userName: "root",
  groupName: "root",
  linkName: "",
  deviceMajor: 0,
  deviceMinor: 0,
  size: 0,
  xattrs: new Map<string, Buffer>(),
};

/** ns since the epoch */
export interface Times {
  mtimeNs?: bigint;
}

export function directory(name: string, { mtimeNs = 0n }: Times = {}): Buffer {
  return encodeHeader({ ...common, name, type: "directory", mode: 0o755, mtimeNs });
}

export function file(name: string, content: Buffer, { mtimeNs = 0n }: Times = {}): Buffer {
  return Buffer.concat([fileHeader(name, content.length, mtimeNs), content, padding(content.length)]);
}

export function symlink(name: string, linkName: string, { mtimeNs = 0n }: Times = {}): Buffer {
  return encodeHeader({ ...common, name, type: "symlink", mode: 0o777, linkName, mtimeNs });
}

function fileHeader(name: string, size: number, mtimeNs: bigint): Buffer {
  return encodeHeader({ ...common, name, type: "file", mode: 0o644, size, mtimeNs });
}

/** Layers' tars as entries of an archive, in which a header with the size comes before the content. */
export class LayerTars {
  readonly #layers: Pick<LayerStore, "openTar">;
  readonly #sizes = new Map<DiffID, number>();

  constructor(layers: Pick<LayerStore, "openTar">) {
    this.#layers = layers;
  }

  /** Bytes; the whole tar is made once to know them. @throws DataLoss */
  async sizeOf(layer: LayerID, diffId: DiffID): Promise<number> {
    let size = this.#sizes.get(diffId);
    if (size === undefined) {
      size = 0;
      for await (const chunk of this.#read(layer)) {
        size += chunk.length;
      }
      this.#sizes.set(diffId, size);
    }
    return size;
  }

  /** @throws DataLoss */
  async *entry(
    name: string,
    { layer, diffId }: { layer: LayerID; diffId: DiffID },
    { mtimeNs = 0n }: Times = {},
  ): AsyncGenerator<Buffer> {
    const expected = await this.sizeOf(layer, diffId);
    yield fileHeader(name, expected, mtimeNs);
    let size = 0;
    for await (const chunk of this.#read(layer)) {
      size += chunk.length;
      yield chunk;
    }
    if (size !== expected) {
      throw new DataLoss(`layer ${diffId} gave ${size} bytes instead of ${expected}`);
    }
    yield padding(size);
  }

  async *#read(layer: LayerID): AsyncGenerator<Buffer> {
    const source = await this.#layers.openTar(layer);
    try {
      yield* source as AsyncIterable<Buffer>;
    } finally {
      source.destroy();
    }
  }
}
