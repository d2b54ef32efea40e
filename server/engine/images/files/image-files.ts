import { readFileSync, readSync } from "node:fs";
import {
  type DirectoryListing,
  type FileCounts,
  type FoundFiles,
  type ImageComparison,
  type LayerSummary,
  shownFileBytes,
  type Waste,
  type WastedFile,
} from "../../../contract/image-files.ts";
import { bytesOf, type FileAttributes } from "../../diff/layer-entries.ts";
import { InvalidArgument, NotFound } from "../../errdefs/errors.ts";
import type { LayerFiles, LayerID } from "../../layers/layer-store.ts";
import { fstat } from "../../mount/safe-stat.ts";
import type { Image } from "../image-store.ts";
import { type ComparedImage, compareImages } from "./compare.ts";
import type { ImageTree, TreeNode } from "./image-tree.ts";
import { LayerIndex } from "./layer-index.ts";
import { findFiles, listDirectory } from "./listing.ts";

/** Where in an image: with `layer` on top (default: all), marked from `since` on (default: `layer` alone). */
export interface ImagePlace {
  layer?: number;
  since?: number;
  changesOnly?: boolean;
}

/** Wasted files that are named. */
const namedWaste = 200;

/**
 * What is in images, layer by layer: read from the layers on disk, nothing is mounted and no link followed. Shared by
 * all tenants: an image is given by who has it.
 */
export class ImageFiles {
  readonly #files: LayerFiles;
  readonly #index: LayerIndex;

  constructor(files: LayerFiles) {
    this.#files = files;
    this.#index = new LayerIndex(files);
  }

  /** What each layer did, lowest first; without the instructions, which the image's history has. @throws NotFound, OutOfRange */
  async layers({ layers }: Image): Promise<Omit<LayerSummary, "instruction">[]> {
    const summaries: Omit<LayerSummary, "instruction">[] = [];
    for (const [index, layer] of layers.entries()) {
      summaries.push({ index, ...(await this.counts(layer)) });
    }
    return summaries;
  }

  /** What one layer did. @throws NotFound, OutOfRange */
  async counts(layer: LayerID): Promise<FileCounts & { /** bytes of files */ size: number }> {
    const counts = { size: 0, added: 0, changed: 0, deleted: 0 };
    for (const { kind, file } of await this.#index.entries(layer)) {
      if (file?.kind === "directory") continue;
      counts.size += file === undefined ? 0 : bytesOf(file);
      counts[kind === "modified" ? "changed" : kind]++;
    }
    return counts;
  }

  /** Files that a layer holds and a later one overwrites or deletes. @throws NotFound, OutOfRange */
  async waste({ layers }: Image): Promise<Waste> {
    const files: WastedFile[] = [];
    await this.#index.hidden(layers, (path, { size, layer }, by, how) => {
      if (size > 0) files.push({ path, bytes: size, layer, by, how });
    });
    return {
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      of: await this.#size(layers),
      files: files.toSorted((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)).slice(0, namedWaste),
      omitted: Math.max(0, files.length - namedWaste),
    };
  }

  /** @throws NotFound, InvalidArgument (no directory, no such layer), OutOfRange */
  async list(image: Image, path: string, place: ImagePlace): Promise<DirectoryListing> {
    return listDirectory(await this.#tree(image, place), path, place.changesOnly === true);
  }

  /** @throws NotFound, InvalidArgument (no such layer), OutOfRange */
  async find(image: Image, text: string, place: ImagePlace): Promise<FoundFiles> {
    return findFiles(await this.#tree(image, place), text, place.changesOnly === true);
  }

  /** The first bytes of a regular file, also of one that the marked layers deleted. @throws NotFound, InvalidArgument, OutOfRange */
  async read(image: Image, path: string, place: ImagePlace): Promise<{ bytes: Buffer; size: number }> {
    const node = (await this.#tree(image, place)).find(path);
    const layer = image.layers[node?.layer ?? -1];
    if (node === undefined || layer === undefined) {
      throw new NotFound(`${path}: there is no such file in these layers`);
    }
    return this.#read(layer, path, node);
  }

  /** Regular files of one layer that are no larger than `bytes`: those of that name, else all. @throws NotFound, OutOfRange */
  async candidates(layer: LayerID, name: string, bytes: number): Promise<{ path: string; file: FileAttributes }[]> {
    const files = (await this.#index.entries(layer)).flatMap(({ path, file }) =>
      file?.kind === "file" && file.size <= bytes ? [{ path, file }] : [],
    );
    const named = files.filter(({ path }) => path.endsWith(`/${name}`));
    return named.length > 0 ? named : files;
  }

  /** All of a regular file that a layer itself has. @throws NotFound, InvalidArgument */
  content(layer: LayerID, path: string): Buffer {
    using opened = this.#files.openFile(layer, path);
    return readFileSync(opened.fd);
  }

  /** @throws NotFound, InvalidArgument (no such layer), OutOfRange, Cancelled */
  async compare(before: ComparedImage, after: ComparedImage, signal: AbortSignal): Promise<ImageComparison> {
    const trees = await Promise.all(
      [before, after].map(({ image, layer }) => this.#index.tree(layersUpTo(image, layer), image.layers.length)),
    );
    const sizes = await Promise.all([before, after].map(({ image, layer }) => this.#size(layersUpTo(image, layer))));
    const sides = { trees: trees as [ImageTree, ImageTree], sizes: sizes as [number, number] };
    return compareImages(before, after, sides, { files: this.#files, signal });
  }

  /** Bytes of the layers together, also of what later ones hide: the size that `docker images` tells. */
  async #size(layers: readonly LayerID[]): Promise<number> {
    let size = 0;
    for (const layer of layers) {
      for (const { file } of await this.#index.entries(layer)) size += file === undefined ? 0 : bytesOf(file);
    }
    return size;
  }

  #tree(image: Image, { layer, since }: ImagePlace): Promise<ImageTree> {
    const layers = layersUpTo(image, layer);
    return this.#index.tree(layers, since ?? layers.length - 1);
  }

  #read(layer: LayerID, path: string, { file }: TreeNode): { bytes: Buffer; size: number } {
    if (file.kind !== "file") {
      throw new InvalidArgument(`${path} is not a regular file`);
    }
    using opened = this.#files.openFile(layer, path);
    const { size } = fstat(opened.fd);
    const bytes = Buffer.alloc(Math.min(size, shownFileBytes));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(opened.fd, bytes, length, bytes.length - length, null);
    }
    return { bytes: bytes.subarray(0, length), size };
  }
}

/** @throws InvalidArgument */
export function layersUpTo({ id, layers }: Image, layer = layers.length - 1): LayerID[] {
  if (layer >= layers.length && layers.length > 0) {
    throw new InvalidArgument(`image ${id} has ${layers.length} layers: there is none with the number ${layer}`);
  }
  return layers.slice(0, layer + 1);
}
