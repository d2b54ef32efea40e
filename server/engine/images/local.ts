import { Readable } from "node:stream";
import type { ContentStore } from "../content/store.ts";
import { DataLoss, InvalidArgument, isEngineError, NotFound, ResourceExhausted } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { LayerID, LayerStore } from "../layers/layer-store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Database } from "../metadata/database.ts";
import { digestOf, isDigest, type Digest } from "../oci/digest.ts";
import { canonicalJson } from "../oci/json.ts";
import type { Descriptor, ImageConfig } from "../oci/types.ts";
import { maxLayers, parseImageConfig, tooManyLayers } from "../oci/validate.ts";
import { familiarName, familiarString, parseName, parseReference, withDefaultTag } from "../reference/reference.ts";
import { ImageRecords, type ImageRecord } from "./image-records.ts";
import type { Image, ImageStore, NewImage } from "./image-store.ts";
import { ImageRemoval, nameOf, type ImageUse } from "./removal.ts";

export interface LocalImageStoreOptions {
  tenant: string;
  database: Database;
  content: ContentStore;
  layers: LayerStore;
  leases: LeaseManager;
  /** Which containers were made from an image. Asked when one is to be removed. */
  usedBy: (image: Digest) => readonly ImageUse[];
  /** how many there may be, as it is now; undefined: any number */
  limit?: () => number | undefined;
  /** Hears of `tag`, `untag` and `delete`. */
  events?: Pick<EventBus, "publish">;
}

/** Of all images together, for each that there may be. */
const namesEach = 20;

/** The images of one tenant: records in the metadata, configs in the content store, layers shared. */
export class LocalImageStore implements ImageStore {
  readonly #options: LocalImageStoreOptions;
  readonly #records: ImageRecords;

  constructor(options: LocalImageStoreOptions) {
    this.#options = options;
    this.#records = new ImageRecords(options.database, options.tenant);
  }

  list(): Image[] {
    const names = Map.groupBy(this.#records.names(), ({ image }) => image);
    return this.#records.list().map((record) =>
      toImage(
        record,
        (names.get(record.id) ?? []).map(({ name }) => name),
      ),
    );
  }

  get(reference: string): Image {
    return this.#toImage(this.#resolve(reference));
  }

  find(reference: string): Image | undefined {
    try {
      return this.get(reference);
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return undefined;
      }
      throw error;
    }
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  async create(image: NewImage): Promise<Image> {
    if (image.layers.length > maxLayers) {
      throw new InvalidArgument(`${tooManyLayers}, and this one would have ${image.layers.length}`);
    }
    const lease = this.#options.leases.create(`image of ${this.#options.tenant}`);
    try {
      for (const layer of image.layers) {
        lease.add({ kind: "layer", id: layer });
      }
      const bytes = await this.#configBytes(image);
      const id = digestOf(bytes);
      this.#checkLimit(id);
      lease.add({ kind: "content", id });
      await this.#options.content.ingest(Readable.from([bytes]), {
        ref: `image-config-${id}`,
        expected: { digest: id, size: bytes.byteLength },
        settled: image.arrived === true,
      });
      const record: ImageRecord = {
        id,
        config: parseImageConfig(bytes, `config of image ${id}`),
        layers: image.layers,
        manifest: image.manifest,
        size: image.layers.reduce((sum, layer) => sum + this.#options.layers.get(layer).size, 0),
        taggedAt: Date.now(),
        lastTag: image.arrived === true || (image.tags ?? []).length === 0 ? 0 : Date.now(),
        standIn: image.standIn ?? false,
        parent: image.parent,
      };
      this.#records.transaction(() => {
        this.#records.put(record);
        for (const name of [...(image.tags ?? []), ...(image.repoDigests ?? [])]) {
          this.#setName(nameOf(parseReference(name)), id);
        }
      });
      return this.get(id);
    } finally {
      lease.release();
    }
  }

  /** @throws ResourceExhausted if it would be one too many */
  #checkLimit(id: Digest): void {
    const limit = this.#options.limit?.();
    if (limit !== undefined && this.#records.get(id) === undefined && this.#records.count() >= limit) {
      throw new ResourceExhausted(
        `the limit of ${limit} images is reached: remove some (docker image prune removes those without a name)`,
      );
    }
  }

  /** @throws ResourceExhausted if it would be one too many */
  #setName(name: string, id: Digest): void {
    const most = (this.#options.limit?.() ?? Infinity) * namesEach;
    if (most !== Infinity && this.#records.imageOf(name) === undefined && this.#records.nameCount() >= most) {
      throw new ResourceExhausted(`the limit of ${most} names of images is reached: remove some (docker rmi NAME)`);
    }
    this.#records.setName(name, id);
  }

  tag(reference: string, name: string): void {
    const parsed = withDefaultTag(parseName(name));
    if (parsed.digest !== undefined) {
      throw new InvalidArgument("refusing to create a tag with a digest reference");
    }
    if (familiarName(parsed) === "sha256") {
      throw new InvalidArgument("refusing to create an ambiguous tag using digest algorithm as name");
    }
    const record = this.#resolve(reference);
    this.#records.transaction(() => {
      this.#setName(nameOf(parsed), record.id);
      this.#records.touch(record.id, Date.now());
    });
    this.#publish("tag", record.id, familiarString(parsed), record.config);
  }

  setParent(id: Digest, parent: Digest): void {
    const [child, base] = [this.#records.get(id), this.#records.get(parent)];
    const fits =
      child !== undefined &&
      base !== undefined &&
      id !== parent &&
      base.layers.length <= child.layers.length &&
      base.layers.every((layer, index) => layer === child.layers[index]) &&
      (base.config.history ?? []).length < (child.config.history ?? []).length;
    if (fits) {
      this.#records.put({ ...child, parent });
    }
  }

  remove(reference: string, options: { force: boolean; prune: boolean }): { untagged: string[]; deleted: string[] } {
    const record = this.#resolve(reference);
    const removal = new ImageRemoval(this.#records, this.#options.usedBy);
    const result = this.#records.transaction(() => removal.remove(reference, record.id, options));
    for (let count = 0; count < result.untagEvents; count++) {
      this.#publish("untag", record.id, record.id, record.config);
    }
    for (const id of result.deletedImages) {
      // The image is gone, and its labels with it.
      this.#publish("delete", id, id, undefined);
    }
    return { untagged: result.untagged, deleted: result.deleted };
  }

  /** Notes that the image is known to a registry as `repoDigest` (`busybox@sha256:...`). @throws NotFound */
  addDigest(id: Digest, repoDigest: string, manifest: Descriptor): void {
    this.#records.transaction(() => {
      const record = this.#records.get(id);
      if (record === undefined) {
        throw new NotFound(`No such image: ${id}`);
      }
      this.#setName(nameOf(parseReference(repoDigest)), id);
      this.#records.setManifest(id, manifest);
    });
  }

  /** dockerd's order: a whole id, then a name, then a unique beginning of an id. */
  #resolve(reference: string): ImageRecord {
    const id = /^[0-9a-f]{64}$/.test(reference) ? `sha256:${reference}` : reference;
    if (isDigest(id)) {
      const record = this.#records.get(id);
      if (record === undefined) {
        throw new NotFound(`No such image: ${id}`);
      }
      return record;
    }
    const parsed = parseReference(reference);
    const named = this.#records.imageOf(nameOf(parsed)) ?? this.#byIdPrefix(reference);
    const record = named === undefined ? undefined : this.#records.get(named);
    if (record === undefined) {
      throw new NotFound(`No such image: ${familiarString(parsed)}`);
    }
    return record;
  }

  /** An ambiguous beginning means nothing, as with dockerd. */
  #byIdPrefix(text: string): Digest | undefined {
    const hex = text.startsWith("sha256:") ? text.slice("sha256:".length) : text;
    if (!/^[0-9a-f]{1,64}$/.test(hex)) {
      return undefined;
    }
    const ids = this.#records.idsWithPrefix(`sha256:${hex}`);
    return ids.length === 1 ? ids[0] : undefined;
  }

  #toImage(record: ImageRecord): Image {
    return toImage(
      record,
      this.#records.names(record.id).map(({ name }) => name),
    );
  }

  async #configBytes(image: NewImage): Promise<Uint8Array> {
    const diffIds = await Promise.all(image.layers.map((layer) => this.#diffId(layer)));
    if (image.rawConfig === undefined) {
      return canonicalJson({ ...image.config, rootfs: { type: "layers", diff_ids: diffIds } });
    }
    const told = parseImageConfig(image.rawConfig).rootfs.diff_ids;
    if (told.length !== diffIds.length || told.some((diffId, index) => diffId !== diffIds[index])) {
      throw new DataLoss("the image's config does not name the layers that came with it");
    }
    return image.rawConfig;
  }

  async #diffId(layer: LayerID) {
    return this.#options.layers.get(layer).diffId ?? (await this.#options.layers.diffId(layer));
  }

  #publish(action: string, id: Digest, name: string, config: ImageConfig | undefined): void {
    this.#options.events?.publish({
      type: "image",
      action,
      actor: { id, attributes: { ...config?.config?.Labels, name } },
    });
  }
}

function toImage(record: ImageRecord, names: readonly string[]): Image {
  const { manifest, parent, ...rest } = record;
  const familiar = names.map((name) => parseName(name));
  return {
    ...rest,
    ...(manifest === undefined ? {} : { manifest }),
    ...(parent === undefined ? {} : { parent }),
    tags: familiar.filter((name) => name.digest === undefined).map(familiarString),
    repoDigests: familiar.filter((name) => name.digest !== undefined).map(familiarString),
  };
}
