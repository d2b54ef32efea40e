import { isEngineError, NotFound, Unavailable } from "../../errdefs/errors.ts";
import type { Image, ImageStore } from "../../images/image-store.ts";
import { hostPlatform, platformDistance } from "../../oci/platform.ts";
import type { Platform } from "../../oci/types.ts";
import {
  defaultDomain,
  familiarName,
  familiarString,
  parseName,
  type Reference,
  withDefaultTag,
} from "../../reference/reference.ts";
import { didYouMean } from "../../../contract/suggest.ts";
import { BaseUnavailable } from "../../remotes/base-unavailable.ts";
import type { ImageTransfer, RegistryAuth, TransferProgress } from "../../remotes/remotes.ts";

export interface BaseImageOptions {
  images: ImageStore;
  transfer: ImageTransfer;
  /** pull even what is here */
  pull: boolean;
  /** take what is here whatever platform it is of, as dockerd's classic builder does */
  anyPlatform: boolean;
  auth: ((domain: string) => RegistryAuth | undefined) | undefined;
  signal: AbortSignal;
}

/** Finds the images that stages begin from: on this machine, else by a pull. Each is resolved once per build. */
export class BaseImages {
  readonly #options: BaseImageOptions;
  readonly #resolved = new Map<string, Promise<Image>>();

  constructor(options: BaseImageOptions) {
    this.#options = options;
  }

  /** @throws InvalidArgument (bad name), NotFound, Unavailable and what a pull throws */
  async resolve(
    name: string,
    platform: Platform | undefined,
    onProgress: (progress: TransferProgress) => void,
  ): Promise<Image> {
    const key = JSON.stringify([name, platform]);
    let image = this.#resolved.get(key);
    if (image === undefined) {
      image = this.#find(name, platform, onProgress);
      this.#resolved.set(key, image);
    }
    return image;
  }

  async #find(
    name: string,
    platform: Platform | undefined,
    onProgress: (progress: TransferProgress) => void,
  ): Promise<Image> {
    const { images, transfer, pull, anyPlatform, auth, signal } = this.#options;
    const found = images.find(name);
    // One tag holds one platform's image: another's, left by a FROM --platform perhaps, is not what was asked for.
    const wanted = platform ?? hostPlatform();
    const fits = found !== undefined && (anyPlatform || platformDistance(wanted, found.config) !== undefined);
    const local = fits ? found : undefined;
    if (local !== undefined && !pull) {
      return local;
    }
    const reference = withDefaultTag(parseName(name));
    const credentials = auth?.(reference.domain);
    try {
      return await transfer.pull(familiarString(reference), {
        ...(credentials === undefined ? {} : { auth: credentials }),
        ...(platform === undefined ? {} : { platform }),
        signal,
        onProgress,
      });
    } catch (error) {
      // nobody named a platform: where this machine's cannot be had, what is here will do, with a warning
      if (platform === undefined && found !== undefined && !pull && !isEngineError(error, "cancelled")) {
        return found;
      }
      // a stand-in was made here because the registry cannot be reached: that it still cannot is no news
      if (local?.standIn === true && isEngineError(error, "unavailable")) {
        return local;
      }
      const meant = this.#meant(reference);
      if (isEngineError(error, "not_found")) {
        const cause = meant === "" ? error : new NotFound(`${error.message}${meant}`, { cause: error });
        throw new NotFound(`image "${familiarString(reference)}" was not found: ${cause.message}`, { cause });
      }
      const missing = `image "${familiarString(reference)}" is not on this machine, and`;
      if (error instanceof BaseUnavailable) {
        const { reason, hint } = error;
        const cause = meant === "" ? error : new Unavailable(`${error.message}${meant}`, { cause: error });
        throw new BaseUnavailable(`${missing} ${reason}${meant}`, { reason, hint, cause });
      }
      if (isEngineError(error, "unavailable")) {
        throw new Unavailable(`${missing} it cannot be pulled: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  /** Of the images that are here, the one whose name was mistyped perhaps; the catalogue tells which it could make. */
  #meant(reference: Reference): string {
    if (reference.domain !== defaultDomain) return "";
    const names = this.#options.images.list().flatMap(({ tags }) => tags.map((tag) => tag.replace(/:[^:/]*$/, "")));
    return didYouMean(familiarName(reference), new Set(names));
  }
}
