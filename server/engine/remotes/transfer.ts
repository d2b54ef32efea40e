import { isEngineError, NotFound } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { Image } from "../images/image-store.ts";
import type { LocalImageStore } from "../images/local.ts";
import type { LayerBlobs, LayerStore } from "../layers/layer-store.ts";
import type { ContentStore } from "../content/store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Descriptor } from "../oci/types.ts";
import { familiarName, familiarString, parseReference, repositoryOf, type Reference } from "../reference/reference.ts";
import type { DiskRoomOf } from "../quota/disk-room.ts";
import type { Fetcher } from "./fetcher.ts";
import type { LayerInstaller } from "./layer-installer.ts";
import { Pull } from "./pull.ts";
import { Push } from "./push.ts";
import type { BlobSources } from "./blob-sources.ts";
import type { LayerCompressor } from "./layer-compressor.ts";
import type { Registries, RegistryReach, Repository } from "./registry-client.ts";
import type { TransferLimits } from "./limits.ts";
import { pullError } from "./registry-errors.ts";
import type {
  ImageTransfer,
  RegistryAuth,
  RegistryInspection,
  RegistryLogin,
  RemoteImage,
  TransferOptions,
} from "./remotes.ts";
import { inspectManifest, listTags } from "./resolver.ts";

export interface RegistryTransferOptions {
  images: LocalImageStore;
  content: ContentStore;
  layers: LayerStore;
  /** the tenant's */
  blobs: LayerBlobs;
  leases: LeaseManager;
  /** shared by all tenants */
  registries: Registries;
  /** shared by all tenants */
  fetcher: Fetcher;
  /** shared by all tenants */
  installer: LayerInstaller;
  /** shared by all tenants */
  compressor: LayerCompressor;
  /** the tenant's */
  sources: BlobSources;
  /** what the tenant may still write */
  disk?: DiskRoomOf;
  /** which registries the tenant may ask */
  reach: RegistryReach;
  /** what it has now is in force */
  limits?: TransferLimits;
  /** Hears of `pull` and `push`. */
  events?: Pick<EventBus, "publish">;
}

/** Pulls from and pushes to registries for one tenant. */
export class RegistryTransfer implements ImageTransfer, RegistryLogin, RegistryInspection {
  readonly #options: RegistryTransferOptions;

  constructor(options: RegistryTransferOptions) {
    this.#options = options;
  }

  async pull(name: string, options: TransferOptions = {}): Promise<Image> {
    return options.allTags === true ? this.#pullAll(name, options) : this.#pullOne(parseReference(name), options);
  }

  /** dockerd's order and words: one line of status after the last tag. */
  async #pullAll(name: string, options: TransferOptions): Promise<Image> {
    const reference = parseReference(name);
    const { images } = this.#options;
    let last: Image | undefined;
    let news = false;
    try {
      const tags = await this.#ask(reference, options, (repository) => listTags(repository, options.signal));
      for (const tag of tags) {
        const tagged = { ...reference, tag };
        const before = images.find(familiarString(tagged))?.id;
        last = await this.#pullTag(tagged, { ...options, allTags: true });
        news ||= before !== last.id;
      }
    } catch (error) {
      throw pullError(error, reference);
    }
    if (last === undefined) {
      throw new NotFound(`repository ${familiarName(reference)} has no tags`);
    }
    const status = news ? "Downloaded newer image for" : "Image is up to date for";
    options.onProgress?.({ status: `Status: ${status} ${familiarName(reference)}` });
    this.#publish("pull", last, { ...reference, tag: undefined });
    return last;
  }

  async inspect(name: string, options: Pick<TransferOptions, "auth" | "signal"> = {}): Promise<RemoteImage> {
    const reference = parseReference(name);
    return await this.#ask(reference, options, (repository) => inspectManifest(repository, reference, options.signal));
  }

  async #pullOne(reference: Reference, options: TransferOptions): Promise<Image> {
    const image = await this.#pullTag(reference, options);
    this.#publish("pull", image, reference);
    return image;
  }

  async #pullTag(reference: Reference, options: TransferOptions): Promise<Image> {
    try {
      const image = await this.#ask(reference, options, (repository) =>
        new Pull(this.#options, repository, reference, options).run(),
      );
      await this.#options.sources.note(image, reference);
      return image;
    } catch (error) {
      throw pullError(error, reference);
    }
  }

  /** Of the mirrors and the registry the first that has an answer; the registry's error, if none has. */
  async #ask<Answer>(
    reference: Reference,
    { auth, signal }: Pick<TransferOptions, "auth" | "signal">,
    question: (repository: Repository) => Promise<Answer>,
  ): Promise<Answer> {
    const { registries, reach } = this.#options;
    for (const mirror of registries.mirrors(reference)) {
      try {
        return await question(mirror);
      } catch (error) {
        // What a mirror does not have, or cannot serve, is the registry's to say.
        if (isEngineError(error, "cancelled", "resource_exhausted") || signal?.aborted === true) throw error;
      }
    }
    return await question(registries.repository(reference, "pull", { ...reach, auth }));
  }

  async push(name: string, options: TransferOptions = {}): Promise<Descriptor> {
    const reference = parseReference(name);
    const { images } = this.#options;
    const local = images
      .list()
      .flatMap(({ tags }) => tags.map((tag) => parseReference(tag)))
      .filter((tagged) => repositoryOf(tagged) === repositoryOf(reference));
    options.onProgress?.({ status: `The push refers to repository [${repositoryOf(reference)}]` });
    if (local.length === 0) {
      throw new NotFound(`An image does not exist locally with the tag: ${familiarName(reference)}`);
    }
    if (reference.digest !== undefined) {
      throw new NotFound("cannot push a digest reference");
    }
    const wanted = options.allTags === true ? local.toSorted(byTag) : [reference];
    let last: { image: Image; manifest: Descriptor } | undefined;
    for (const tagged of wanted) {
      const image = images.find(familiarString(tagged));
      if (image === undefined) {
        throw new NotFound(`tag does not exist: ${familiarString(tagged)}`);
      }
      last = { image, manifest: await this.#pushOne(tagged, image, options) };
    }
    if (last === undefined) {
      throw new NotFound(`tag does not exist: ${familiarString(reference)}`);
    }
    // One event for all of its tags.
    this.#publish("push", last.image, options.allTags === true ? { ...reference, tag: undefined } : reference);
    return last.manifest;
  }

  async #pushOne(reference: Reference, image: Image, options: TransferOptions): Promise<Descriptor> {
    const { registries, reach } = this.#options;
    const repository = registries.repository(reference, "pull,push", { ...reach, auth: options.auth });
    const manifest = await new Push(this.#options, repository, reference, image, options).run();
    await this.#options.sources.note(this.#options.images.get(image.id), reference);
    return manifest;
  }

  login(domain: string, auth: RegistryAuth, signal?: AbortSignal): Promise<void> {
    const { registries, reach } = this.#options;
    return registries.login(domain, { ...reach, auth, ...(signal === undefined ? {} : { signal }) });
  }

  #publish(action: string, image: Image, reference: Reference): void {
    const attributes = { ...image.config.config?.Labels, name: familiarName(reference) };
    this.#options.events?.publish({ type: "image", action, actor: { id: familiarString(reference), attributes } });
  }
}

function byTag({ tag: a = "" }: Reference, { tag: b = "" }: Reference): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
