import type { Image, ImageStore } from "../images/image-store.ts";
import type { Platform } from "../oci/types.ts";
import type { TransferProgress } from "../remotes/remotes.ts";
import type { Making } from "./making.ts";

/** One image of the catalogue. */
export interface BaseImageInfo {
  /** familiar name without tag: `busybox`, `drydock/workstation`; with it where the operator gave the image */
  name: string;
  summary: string;
  /** made and on disk */
  ready: boolean;
  /** being made, or in the queue of `prepareFirst`; what is neither ready nor this is made when it is first used */
  making: boolean;
  /** how far it is, while it is made */
  progress?: Making;
  /** made here from the distribution's packages, not what a registry has under this name; else the operator gave it */
  standIn: boolean;
  /** why the last attempt to make it failed */
  error?: string;
}

export interface EnsureOptions {
  /** the tenant's images: gets the image under the name asked for */
  images: ImageStore;
  /** stand-ins are made for this machine's platform only */
  platform?: Platform;
  onProgress?: (progress: TransferProgress) => void;
  signal?: AbortSignal;
}

/**
 * Base images without a registry: stand-ins made on the spot from the distribution's packages, once for all tenants.
 * Nothing is half made: an image is there with all its layers, or not at all.
 */
export interface BaseImages {
  list(): BaseImageInfo[];
  /** True if the name, with this tag, can be served. @throws InvalidArgument (no image name) */
  has(reference: string): boolean;
  /**
   * Makes the image if it is not there and gives it to the tenant. Several callers share one making.
   * @throws NotFound (no such stand-in, or of another major version: what there is instead), Unavailable (packages), Cancelled
   */
  ensure(reference: string, options: EnsureOptions): Promise<Image>;
  /** Makes what a first learner needs, quickest first. Failures are in `list()`. */
  prepareFirst(signal?: AbortSignal): Promise<void>;
  /** Cancels what is being made and waits until nothing is left of it. */
  close(): Promise<void>;
}
