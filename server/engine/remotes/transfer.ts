import type { EventBus } from "../events/events.ts";
import type { Image } from "../images/image-store.ts";
import type { LocalImageStore } from "../images/local.ts";
import type { LayerBlobs, LayerStore } from "../layers/layer-store.ts";
import type { ContentStore } from "../content/store.ts";
import type { LeaseManager } from "../leases/leases.ts";
import type { Descriptor } from "../oci/types.ts";
import { familiarString, parseReference } from "../reference/reference.ts";
import type { Fetcher } from "./fetcher.ts";
import type { LayerInstaller } from "./layer-installer.ts";
import { Pull } from "./pull.ts";
import { Push } from "./push.ts";
import type { BlobSources } from "./blob-sources.ts";
import type { LayerCompressor } from "./layer-compressor.ts";
import type { Registries } from "./registry-client.ts";
import { pullError } from "./registry-errors.ts";
import type { ImageTransfer, RegistryAuth, RegistryLogin, TransferOptions } from "./remotes.ts";

export interface RegistryTransferOptions {
  images: LocalImageStore;
  content: ContentStore;
  layers: LayerStore;
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
  /** false keeps the tenant from registries on the host's own and private networks, but for those the operator lists */
  privateNetworks: boolean;
  /** Hears of `pull` and `push`. */
  events?: Pick<EventBus, "publish">;
}

/** Pulls from and pushes to registries for one tenant. */
export class RegistryTransfer implements ImageTransfer, RegistryLogin {
  readonly #options: RegistryTransferOptions;

  constructor(options: RegistryTransferOptions) {
    this.#options = options;
  }

  async pull(name: string, options: TransferOptions = {}): Promise<Image> {
    const reference = parseReference(name);
    const { registries, privateNetworks } = this.#options;
    const repository = registries.repository(reference, "pull", { auth: options.auth, privateNetworks });
    try {
      const image = await new Pull(this.#options, repository, reference, options).run();
      await this.#options.sources.note(image, reference);
      this.#publish("pull", image, familiarString(reference));
      return image;
    } catch (error) {
      throw pullError(error, reference);
    }
  }

  async push(name: string, options: TransferOptions = {}): Promise<Descriptor> {
    const reference = parseReference(name);
    const image = this.#options.images.get(familiarString(reference));
    const { registries, privateNetworks } = this.#options;
    const repository = registries.repository(reference, "pull,push", { auth: options.auth, privateNetworks });
    const manifest = await new Push(this.#options, repository, reference, image, options).run();
    await this.#options.sources.note(this.#options.images.get(image.id), reference);
    this.#publish("push", image, familiarString(reference));
    return manifest;
  }

  login(domain: string, auth: RegistryAuth, signal?: AbortSignal): Promise<void> {
    const { registries, privateNetworks } = this.#options;
    return registries.login(domain, { auth, privateNetworks, ...(signal === undefined ? {} : { signal }) });
  }

  #publish(action: string, image: Image, name: string): void {
    const attributes = { ...image.config.config?.Labels, name };
    this.#options.events?.publish({ type: "image", action, actor: { id: name, attributes } });
  }
}
