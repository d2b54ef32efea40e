import { Readable } from "node:stream";
import { encodeHeader, endOfArchive, padding } from "../diff/tar/tar-writer.ts";
import { DataLoss, InvalidArgument } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { LayerID, LayerStore } from "../layers/layer-store.ts";
import type { Lease, LeaseManager } from "../leases/leases.ts";
import type { ContentProvider } from "../content/store.ts";
import { chainIdOf, digestOf, hexOf, isDigest, type DiffID, type Digest } from "../oci/digest.ts";
import { canonicalJson } from "../oci/json.ts";
import { hostPlatform, normalisePlatform } from "../oci/platform.ts";
import { mediaTypes, type Descriptor, type Platform } from "../oci/types.ts";
import { maxConfigSize, parseImageConfig } from "../oci/validate.ts";
import {
  canonicalString,
  familiarName,
  familiarString,
  isTag,
  parseName,
  parseReference,
  repositoryOf,
} from "../reference/reference.ts";
import { blobName, readLayout, type ArchivedImage } from "./archive-layout.ts";
import { applyChanges } from "./changes.ts";
import type { Image, ImageStore } from "./image-store.ts";
import { isIdPrefix } from "./removal.ts";
import { StagedArchive } from "./staged-archive.ts";

export interface LocalImageArchivesOptions {
  images: ImageStore;
  content: ContentProvider;
  layers: LayerStore;
  leases: LeaseManager;
  /** existing directory for archives while they are loaded */
  directory: string;
  /** most bytes of one archive, and of what one of its layers unpacks to; without it the disk is the limit */
  maxBytes?: number | undefined;
  /** Hears of `save`, `load` and `import`. */
  events?: Pick<EventBus, "publish">;
}

/** Images of one tenant as files: `docker save`, `load` and `import`. */
export class LocalImageArchives {
  readonly #options: LocalImageArchivesOptions;
  /** bytes of layers' tars by diffID: a tar's header comes before the content */
  readonly #tarSizes = new Map<DiffID, number>();

  constructor(options: LocalImageArchivesOptions) {
    this.#options = options;
  }

  /**
   * A tar in Docker's and the OCI layout at once, as Docker 25 and later write it. A repository without tag stands
   * for all its tags. Names are checked before this resolves; the caller destroys the stream.
   * @throws NotFound, InvalidArgument
   */
  async save(references: readonly string[], signal?: AbortSignal): Promise<Readable> {
    const wanted = new Map<Digest, { image: Image; tags: Set<string> }>();
    for (const reference of references) {
      for (const { image, tag } of this.#select(reference)) {
        const entry = wanted.get(image.id) ?? { image, tags: new Set() };
        wanted.set(image.id, entry);
        if (tag !== undefined) {
          entry.tags.add(tag);
        }
      }
    }
    if (wanted.size === 0) {
      throw new InvalidArgument("no image was named to be saved");
    }
    const lease = this.#options.leases.create("save", 6 * 3_600_000);
    for (const { image } of wanted.values()) {
      lease.add({ kind: "content", id: image.id });
      image.layers.forEach((layer) => lease.add({ kind: "layer", id: layer }));
      this.#publish("save", image, image.id);
    }
    const stream = Readable.from(this.#tar([...wanted.values()]), { objectMode: false, highWaterMark: 1 << 20 });
    stream.once("close", () => lease.release());
    const onAbort = () => stream.destroy();
    signal?.addEventListener("abort", onAbort, { once: true });
    stream.once("close", () => signal?.removeEventListener("abort", onAbort));
    return stream;
  }

  /**
   * Reads an archive of either layout, plain or compressed, with any number of images. Nothing in it is trusted.
   * @throws InvalidArgument, DataLoss (digests), OutOfRange, ResourceExhausted, Cancelled
   */
  async load(
    tar: Readable,
    options: { signal?: AbortSignal; onLine?: (text: string) => void } = {},
  ): Promise<{ image: Image; tags: string[] }[]> {
    const { directory, maxBytes = Infinity } = this.#options;
    const { signal } = options;
    const archive = await StagedArchive.read(tar, { directory, maxBytes, ...(signal === undefined ? {} : { signal }) });
    const lease = this.#options.leases.create("load", 6 * 3_600_000);
    try {
      const loaded: { image: Image; tags: string[] }[] = [];
      for (const entry of readLayout(archive)) {
        const image = await this.#loadImage(archive, entry, lease, options);
        this.#publish("load", image, image.id);
        loaded.push({ image, tags: entry.tags });
      }
      return loaded;
    } finally {
      archive.dispose();
      lease.release();
    }
  }

  /** Makes an image of one layer from a file system's tar. @throws InvalidArgument, ResourceExhausted, Cancelled */
  async import(
    tar: Readable,
    options: {
      name: string | undefined;
      message: string;
      changes: readonly string[];
      platform?: Platform | undefined;
      signal?: AbortSignal;
    },
  ): Promise<Image> {
    const { images, layers, leases } = this.#options;
    const config = applyChanges({}, options.changes);
    const tags = options.name === undefined ? [] : [familiarString(parseReference(options.name))];
    const lease = leases.create("import", 6 * 3_600_000);
    try {
      const { signal } = options;
      const layer = await layers.apply(tar, { parent: undefined, ...(signal === undefined ? {} : { signal }) });
      lease.add({ kind: "layer", id: layer.id });
      const created = new Date().toISOString();
      const { architecture, os, variant } = normalisePlatform(options.platform ?? hostPlatform());
      const image = await images.create({
        layers: [layer.id],
        config: {
          created,
          architecture,
          os,
          ...(variant === undefined ? {} : { variant }),
          config,
          rootfs: { type: "layers", diff_ids: [] },
          history: [{ created, comment: options.message }],
        },
      });
      tags.forEach((tag) => images.tag(image.id, tag));
      this.#publish("import", image, image.id);
      return image;
    } finally {
      lease.release();
    }
  }

  #select(reference: string): { image: Image; tag: string | undefined }[] {
    const { images } = this.#options;
    const image = images.find(reference);
    if (
      isDigest(reference) ||
      (image !== undefined && isIdPrefix(reference, image.id) && !isNameOf(image, reference))
    ) {
      return [{ image: images.get(reference), tag: undefined }];
    }
    const parsed = parseName(reference);
    if (parsed.tag === undefined && parsed.digest === undefined) {
      const found = images
        .list()
        .flatMap((item) => item.tags.map((tag) => ({ image: item, tag })))
        .filter(({ tag }) => repositoryOf(parseReference(tag)) === repositoryOf(parsed))
        .toSorted((a, b) => (a.tag < b.tag ? -1 : 1));
      if (found.length > 0) {
        return found;
      }
    }
    return [
      {
        image: images.get(reference),
        tag: parsed.digest === undefined ? familiarString(parseReference(reference)) : undefined,
      },
    ];
  }

  async *#tar(entries: readonly { image: Image; tags: Set<string> }[]): AsyncGenerator<Buffer> {
    const written = new Set<string>();
    const manifests: object[] = [];
    const descriptors: object[] = [];
    /** of the archives before Docker 1.10: the topmost layer by repository and tag */
    const repositories: Record<string, Record<string, string>> = {};
    yield directory("blobs");
    yield directory("blobs/sha256");
    // An image comes after those it was built on; names in the order in which they were asked for, as with dockerd.
    const lowestFirst = entries.toSorted((a, b) => historyOf(a.image) - historyOf(b.image));
    for (const { image, tags } of lowestFirst) {
      const config = await this.#options.content.read(image.id, maxConfigSize);
      const layers: Descriptor[] = [];
      for (const layer of image.layers) {
        const diffId = await this.#options.layers.diffId(layer);
        const size = await this.#tarSize(layer, diffId);
        const descriptor = { mediaType: mediaTypes.ociLayer, digest: diffId, size };
        layers.push(descriptor);
        if (!written.has(diffId)) {
          written.add(diffId);
          yield* this.#layer(layer, descriptor);
        }
      }
      const configDescriptor = { mediaType: mediaTypes.ociConfig, digest: image.id, size: config.length };
      const manifest = canonicalJson({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: configDescriptor,
        layers,
      });
      const digest = digestOf(manifest);
      if (!written.has(image.id)) {
        written.add(image.id);
        yield file(blobName(configDescriptor), config);
        yield file(blobName({ digest }), manifest);
      }
      const names = [...tags];
      manifests.push({
        Config: blobName(configDescriptor),
        RepoTags: names.length === 0 ? null : names,
        Layers: layers.map(blobName),
        ...(entries.some((other) => other.image.id === image.parent) ? { Parent: image.parent } : {}),
      });
      const top = layers.at(-1)?.digest;
      for (const name of names) {
        const { tag = "", ...repository } = parseReference(name);
        const key = familiarName({ ...repository, tag });
        repositories[key] = { ...repositories[key], [tag]: top === undefined ? "" : hexOf(top) };
      }
      descriptors.push(...indexEntries({ mediaType: mediaTypes.ociManifest, digest, size: manifest.length }, names));
    }
    yield file(
      "index.json",
      canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: descriptors }),
    );
    yield file("manifest.json", Buffer.from(JSON.stringify(manifests)));
    yield file("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    if (Object.keys(repositories).length > 0) {
      yield file("repositories", canonicalJson(repositories));
    }
    yield endOfArchive;
  }

  async *#layer(layer: LayerID, descriptor: Descriptor): AsyncGenerator<Buffer> {
    yield header(blobName(descriptor), descriptor.size);
    const source = await this.#options.layers.openTar(layer);
    let size = 0;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        size += chunk.length;
        yield chunk;
      }
    } finally {
      source.destroy();
    }
    if (size !== descriptor.size) {
      throw new DataLoss(`layer ${descriptor.digest} gave ${size} bytes instead of ${descriptor.size}`);
    }
    yield padding(size);
  }

  async #tarSize(layer: LayerID, diffId: DiffID): Promise<number> {
    let size = this.#tarSizes.get(diffId);
    if (size === undefined) {
      size = 0;
      const source = await this.#options.layers.openTar(layer);
      try {
        for await (const chunk of source as AsyncIterable<Buffer>) {
          size += chunk.length;
        }
      } finally {
        source.destroy();
      }
      this.#tarSizes.set(diffId, size);
    }
    return size;
  }

  async #loadImage(
    archive: StagedArchive,
    entry: ArchivedImage,
    lease: Lease,
    options: { signal?: AbortSignal; onLine?: (text: string) => void },
  ): Promise<Image> {
    const rawConfig = archive.read(entry.config, maxConfigSize);
    const config = parseImageConfig(rawConfig, entry.config);
    const diffIds = config.rootfs.diff_ids;
    if (diffIds.length !== entry.layers.length) {
      throw new InvalidArgument(
        `invalid archive: ${entry.config} names ${diffIds.length} layers, but ${entry.layers.length} are there`,
      );
    }
    const layers: LayerID[] = [];
    for (const [index, name] of entry.layers.entries()) {
      const chain = chainIdOf(diffIds.slice(0, index + 1));
      const diffId = diffIds[index];
      let layer = chain === undefined ? undefined : this.#options.layers.findByChain(chain);
      if (layer === undefined && diffId !== undefined) {
        options.onLine?.(`Loading layer ${hexOf(diffId).slice(0, 12)}\n`);
        const { signal } = options;
        const source = archive.open(name);
        try {
          const parent = layers.at(-1);
          layer = await this.#options.layers.apply(source, {
            parent,
            diffId,
            ...(signal === undefined ? {} : { signal }),
            ...(this.#options.maxBytes === undefined ? {} : { limits: { bytes: this.#options.maxBytes } }),
          });
        } finally {
          source.destroy();
        }
      }
      if (layer !== undefined) {
        lease.add({ kind: "layer", id: layer.id });
        layers.push(layer.id);
      }
    }
    return await this.#options.images.create({ config, rawConfig, layers, tags: entry.tags, arrived: true });
  }

  #publish(action: string, image: Image, name: string): void {
    const attributes = { ...image.config.config?.Labels, name };
    this.#options.events?.publish({ type: "image", action, actor: { id: image.id, attributes } });
  }
}

function historyOf(image: Image): number {
  return image.config.history?.length ?? 0;
}

function isNameOf(image: Image, reference: string): boolean {
  return image.tags.some((tag) => repositoryOf(parseReference(tag)) === repositoryOf(parseName(reference)));
}

/** One entry per name (containerd's annotation for the whole name, the specification's for the tag). */
function indexEntries(descriptor: Descriptor, names: readonly string[]): object[] {
  if (names.length === 0) {
    return [descriptor];
  }
  return names.map((name) => {
    const parsed = parseReference(name);
    return {
      ...descriptor,
      annotations: {
        "io.containerd.image.name": canonicalString(parsed),
        "org.opencontainers.image.ref.name": parsed.tag !== undefined && isTag(parsed.tag) ? parsed.tag : name,
      },
    };
  });
}

const common = { uid: 0, gid: 0, mtimeNs: 0n, linkName: "", deviceMajor: 0, deviceMinor: 0, xattrs: new Map() };

function header(name: string, size: number): Buffer {
  return encodeHeader({ ...common, name, type: "file", mode: 0o644, size });
}

function directory(name: string): Buffer {
  return encodeHeader({ ...common, name, type: "directory", mode: 0o755, size: 0 });
}

function file(name: string, content: Buffer): Buffer {
  return Buffer.concat([header(name, content.length), content, padding(content.length)]);
}
