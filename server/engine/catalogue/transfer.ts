import { type EngineError, isEngineError, NotFound, RuleRefusal } from "../errdefs/errors.ts";
import type { EventBus } from "../events/events.ts";
import type { Image, ImageStore } from "../images/image-store.ts";
import type { Descriptor } from "../oci/types.ts";
import { defaultDomain, familiarName, familiarString, parseReference, type Reference } from "../reference/reference.ts";
import { BaseUnavailable } from "../remotes/base-unavailable.ts";
import type { Registries } from "../remotes/registry-client.ts";
import type {
  ImageTransfer,
  RegistryAuth,
  RegistryInspection,
  RegistryLogin,
  RemoteImage,
  TransferOptions,
} from "../remotes/remotes.ts";
import type { BaseImages } from "./base-images.ts";

/** Names that are Drydock's own: never asked of a registry, where anybody could have taken them. */
const ownPrefix = "drydock/";
const reachTimeoutMs = 4_000;
/** ms that an answer about the registry is good for */
const reachableFor = 10 * 60_000;
const unreachableFor = 60_000;

/** Whether Docker Hub can be reached, asked once in a while. Shared by all tenants. */
export class HubReachability {
  readonly #registries: Pick<Registries, "reach">;
  #answer: { until: number; result: Promise<{ reachable: boolean; reason?: string }> } | undefined;

  constructor(registries: Pick<Registries, "reach">) {
    this.#registries = registries;
  }

  async check(): Promise<{ reachable: boolean; reason?: string }> {
    if (this.#answer === undefined || this.#answer.until < Date.now()) {
      const answer = { until: Infinity, result: this.#registries.reach(defaultDomain, reachTimeoutMs) };
      this.#answer = answer;
      const { reachable } = await answer.result;
      answer.until = Date.now() + (reachable ? reachableFor : unreachableFor);
    }
    return await this.#answer.result;
  }

  /** A transfer failed: ask anew the next time. */
  forget(): void {
    this.#answer = undefined;
  }
}

/** Transfers of one tenant: from the registry wherever it can be reached, else from the catalogue. */
export class CatalogueTransfer implements ImageTransfer, RegistryLogin, RegistryInspection {
  readonly #remote: ImageTransfer & RegistryLogin & RegistryInspection;
  readonly #baseImages: BaseImages;
  readonly #images: ImageStore;
  readonly #hub: HubReachability;
  readonly #events: Pick<EventBus, "publish"> | undefined;
  readonly #onPulled: ((name: string, began: number) => void) | undefined;

  constructor(options: {
    remote: ImageTransfer & RegistryLogin & RegistryInspection;
    baseImages: BaseImages;
    images: ImageStore;
    hub: HubReachability;
    events?: Pick<EventBus, "publish">;
    /** told of each pull that came to its end, and when it began (`performance.now()`) */
    onPulled?: (name: string, began: number) => void;
  }) {
    this.#remote = options.remote;
    this.#baseImages = options.baseImages;
    this.#images = options.images;
    this.#hub = options.hub;
    this.#events = options.events;
    this.#onPulled = options.onPulled;
  }

  async pull(name: string, options: TransferOptions = {}): Promise<Image> {
    const began = performance.now();
    const image = await this.#pull(name, options);
    this.#onPulled?.(name, began);
    return image;
  }

  async #pull(name: string, options: TransferOptions): Promise<Image> {
    const reference = parseReference(name);
    if (reference.domain !== defaultDomain) {
      return await this.#remote.pull(name, options);
    }
    if (reference.path.startsWith(ownPrefix)) {
      return await this.#fromCatalogue(reference, options);
    }
    const { reachable, reason } = await this.#hub.check();
    if (reachable) {
      try {
        return await this.#remote.pull(name, options);
      } catch (error) {
        const away = isEngineError(error, "unavailable");
        // What the tenant's policy keeps from it can be here all the same.
        if ((!away && !(error instanceof RuleRefusal)) || !this.#baseImages.has(name)) {
          throw error;
        }
        if (away) this.#hub.forget();
        options.onProgress?.({ status: `Docker Hub failed: ${error.message}` });
      }
    }
    try {
      if (!this.#baseImages.has(name)) {
        // Says why not, before any progress is told: a client takes what comes then for a pull that has begun.
        await this.#baseImages.ensure(familiarString(reference), { images: this.#images });
      }
      return await this.#fromCatalogue(reference, options);
    } catch (error) {
      throw error instanceof NotFound ? unavailable(reason ?? "no answer", error) : error;
    }
  }

  push(name: string, options?: TransferOptions): Promise<Descriptor> {
    return this.#remote.push(name, options);
  }

  login(domain: string, auth: RegistryAuth, signal?: AbortSignal): Promise<void> {
    return this.#remote.login(domain, auth, signal);
  }

  inspect(name: string, options?: Pick<TransferOptions, "auth" | "signal">): Promise<RemoteImage> {
    return this.#remote.inspect(name, options);
  }

  async #fromCatalogue(reference: Reference, options: TransferOptions): Promise<Image> {
    const name = familiarString(reference);
    const before = this.#images.find(name)?.id;
    options.onProgress?.({ status: `Pulling from ${reference.path}`, id: reference.tag ?? "" });
    const image = await this.#baseImages.ensure(name, { images: this.#images, ...options });
    const news = before === image.id ? "Image is up to date for" : "Downloaded newer image for";
    options.onProgress?.({ status: `Status: ${news} ${name}` });
    const attributes = { ...image.config.config?.Labels, name: familiarName(reference) };
    this.#events?.publish({ type: "image", action: "pull", actor: { id: name, attributes } });
    return image;
  }
}

/** Says both: why the registry does not serve, and what this machine has instead. */
function unavailable(why: string, cause: NotFound): EngineError {
  const reason = "Docker Hub cannot be reached";
  // As the catalogue words it: `there is no local stand-in for X: … (use Y)`.
  const [, none = cause.message, use] = /^(.*?)(?: \(use (.*)\))?$/s.exec(cause.message) ?? [];
  const hint = [
    `${none.charAt(0).toUpperCase()}${none.slice(1)}.`,
    ...(use === undefined ? [] : [`Use ${use}.`]),
    "Whoever runs this server can add it: ./drydock images load.",
  ];
  const message = `${reason} (${why}), and ${cause.message}; an operator can add it: ./drydock images load`;
  return new BaseUnavailable(message, { reason, hint: hint.join("\n"), cause });
}
