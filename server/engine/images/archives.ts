import { Readable } from "node:stream";
import { untarError } from "../diff/untar-error.ts";
import { InvalidArgument, NotFound } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { LayerID, LayerStore } from "../layers/layer-store.ts";
import type { Lease, LeaseManager } from "../leases/leases.ts";
import type { ContentProvider } from "../content/store.ts";
import { chainIdOf, hexOf, isDigest, type DiffID, type Digest } from "../oci/digest.ts";
import { hostPlatform, normalisePlatform } from "../oci/platform.ts";
import type { Platform } from "../oci/types.ts";
import { maxConfigSize, parseImageConfig } from "../oci/validate.ts";
import { familiarName, familiarString, parseName, parseReference, repositoryOf } from "../reference/reference.ts";
import { LayerTars } from "./archive-entries.ts";
import { readLayout, type ArchivedImage } from "./archive-layout.ts";
import { applyChanges } from "./changes.ts";
import type { Image, ImageStore } from "./image-store.ts";
import { type DiskRoomOf, fullInstead, roomLimits, roomWithin } from "../quota/disk-room.ts";
import { legacyArchive } from "./legacy-archive.ts";
import { counted, type LoadedImage, type LoadOptions } from "./loading.ts";
import { ociArchive } from "./oci-archive.ts";
import { isIdPrefix } from "./removal.ts";
import { savedImages } from "./saved-image.ts";
import { StagedArchive } from "./staged-archive.ts";

export interface LocalImageArchivesOptions {
  images: ImageStore;
  content: ContentProvider;
  layers: LayerStore;
  leases: LeaseManager;
  /** existing directory for archives while they are loaded */
  directory: string;
  /** of it one archive may have all, and one of its layers; without it the disk is the limit */
  disk?: DiskRoomOf;
  /** the engine's, which imported images name */
  version?: string;
  /** Hears of `save`, `load` and `import`. */
  events?: Pick<EventBus, "publish">;
}

const layouts = { oci: ociArchive, legacy: legacyArchive };

/** `oci` is Docker's own at the same time; `legacy` what Docker before 25 saves. */
export type SavedLayout = keyof typeof layouts;

/** Images of one tenant as files: `docker save`, `load` and `import`. */
export class LocalImageArchives {
  readonly #options: LocalImageArchivesOptions;
  readonly #tars: LayerTars;

  constructor(options: LocalImageArchivesOptions) {
    this.#options = options;
    this.#tars = new LayerTars(options.layers);
  }

  /**
   * A tar in the layout of Docker 25 and later, or in the one before. A repository without tag stands for all its tags.
   * Names are checked before this resolves; the caller destroys the stream.
   * @throws NotFound, InvalidArgument
   */
  async save(
    references: readonly string[],
    { layout = "oci", signal }: { layout?: SavedLayout; signal?: AbortSignal } = {},
  ): Promise<Readable> {
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
    const lease = this.#options.leases.create("save", 6 * 3_600_000);
    for (const { image } of wanted.values()) {
      lease.add({ kind: "content", id: image.id });
      image.layers.forEach((layer) => lease.add({ kind: "layer", id: layer }));
      this.#publish("save", image, image.id);
    }
    const images = await savedImages([...wanted.values()], this.#options).catch((error: unknown) => {
      lease.release();
      throw error;
    });
    const archive = layouts[layout](images, this.#tars);
    const stream = Readable.from(archive, { objectMode: false, highWaterMark: 1 << 20 });
    stream.once("close", () => lease.release());
    const onAbort = () => stream.destroy();
    signal?.addEventListener("abort", onAbort, { once: true });
    stream.once("close", () => signal?.removeEventListener("abort", onAbort));
    return stream;
  }

  /**
   * Reads an archive of either layout, plain or compressed, with any number of images. Nothing in it is trusted.
   * @throws InvalidArgument, DataLoss (digests), OutOfRange, ResourceExhausted, Cancelled, Unknown (no tar)
   */
  async load(tar: Readable, options: LoadOptions = {}): Promise<LoadedImage[]> {
    const { directory, disk, images } = this.#options;
    const { signal } = options;
    const archive = await StagedArchive.read(tar, {
      directory,
      maxBytes: roomWithin(disk),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw untarError(fullInstead(error, disk));
    });
    const lease = this.#options.leases.create("load", 6 * 3_600_000);
    try {
      const loaded: LoadedImage[] = [];
      for (const entry of readLayout(archive)) {
        const made = await this.#loadImage(archive, entry, lease, options);
        if (made === undefined) {
          continue;
        }
        options.onImage?.(made);
        this.#publish("load", made.image, made.image.id);
        loaded.push(made);
      }
      for (const { image, parent } of loaded) {
        if (parent !== undefined && loaded.some((other) => other.image.id === parent)) {
          images.setParent(image.id, parent);
        }
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
      const { disk } = this.#options;
      const layer = await layers
        .apply(tar, { parent: undefined, ...roomLimits(disk), ...(signal === undefined ? {} : { signal }) })
        .catch((error: unknown) => {
          throw untarError(fullInstead(error, disk));
        });
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
          docker_version: this.#options.version ?? "",
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
    } else if (image === undefined && familiarName(parsed) !== "sha256") {
      throw new NotFound("reference does not exist");
    }
    return [
      {
        image: images.get(reference),
        tag: parsed.digest === undefined ? familiarString(parseReference(reference)) : undefined,
      },
    ];
  }

  async #loadImage(
    archive: StagedArchive,
    entry: ArchivedImage,
    lease: Lease,
    options: LoadOptions,
  ): Promise<LoadedImage | undefined> {
    const rawConfig = archive.read(entry.config, maxConfigSize);
    const config = parseImageConfig(rawConfig, entry.config);
    if (options.wanted?.(config) === false) {
      return undefined;
    }
    const diffIds = config.rootfs.diff_ids;
    if (diffIds.length !== entry.layers.length) {
      throw new InvalidArgument(
        `invalid manifest, layers length mismatch: expected ${entry.layers.length}, got ${diffIds.length}`,
      );
    }
    const layers: LayerID[] = [];
    for (const [index, diffId] of diffIds.entries()) {
      const chain = chainIdOf(diffIds.slice(0, index + 1));
      const known = chain === undefined ? undefined : this.#options.layers.findByChain(chain);
      const name = entry.layers[index] ?? "";
      const id = known?.id ?? (await this.#loadLayer(archive, { name, diffId, parent: layers.at(-1) }, options));
      lease.add({ kind: "layer", id });
      layers.push(id);
    }
    const { images } = this.#options;
    const before = entry.tags.map((name) => ({ name, id: images.find(name)?.id }));
    const image = await images.create({ config, rawConfig, layers, tags: entry.tags, arrived: true });
    const replaced = before.flatMap(({ name, id }) => (id === undefined || id === image.id ? [] : [{ name, id }]));
    return { image, tags: entry.tags, replaced, parent: entry.parent };
  }

  async #loadLayer(
    archive: StagedArchive,
    { name, diffId, parent }: { name: string; diffId: DiffID; parent: LayerID | undefined },
    { signal, onLayer }: LoadOptions,
  ): Promise<LayerID> {
    const { disk } = this.#options;
    const source = archive.open(name);
    const total = archive.sizeOf(name);
    const short = hexOf(diffId).slice(0, 12);
    const told = onLayer === undefined ? source : counted(source, total, (current) => onLayer(short, current, total));
    try {
      const layer = await this.#options.layers.apply(told, {
        parent,
        diffId,
        ...(signal === undefined ? {} : { signal }),
        ...roomLimits(disk),
      });
      return layer.id;
    } catch (error) {
      throw fullInstead(error, disk);
    } finally {
      source.destroy();
    }
  }

  #publish(action: string, image: Image, name: string): void {
    const attributes = { ...image.config.config?.Labels, name };
    this.#options.events?.publish({ type: "image", action, actor: { id: image.id, attributes } });
  }
}

function isNameOf(image: Image, reference: string): boolean {
  return image.tags.some((tag) => repositoryOf(parseReference(tag)) === repositoryOf(parseName(reference)));
}
