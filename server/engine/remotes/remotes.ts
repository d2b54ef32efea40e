import type { Descriptor, Platform } from "../oci/types.ts";
import type { Image } from "../images/image-store.ts";

/** Credentials for a registry, as `docker login` sends them in X-Registry-Auth. */
export interface RegistryAuth {
  username?: string;
  password?: string;
  identityToken?: string;
  registryToken?: string;
}

/** One line of progress, as Docker streams it: per layer `id` (12 hex digits), or overall without one. */
export interface TransferProgress {
  id?: string;
  /** `Pulling fs layer`, `Downloading`, `Download complete`, `Extracting`, `Pull complete`, `Already exists`, ... */
  status: string;
  /** bytes */
  current?: number;
  total?: number;
  /** of the last line of a push */
  pushed?: { tag: string; digest: string; size: number };
}

/** What a registry says about a name. */
export interface RemoteImage {
  descriptor: Descriptor;
  platforms: Platform[];
}

export interface TransferOptions {
  /** every tag of the repository; the last one's image, or manifest, is returned */
  allTags?: boolean;
  auth?: RegistryAuth;
  platform?: Platform;
  signal?: AbortSignal;
  onProgress?: (progress: TransferProgress) => void;
}

/** Pulls and pushes for one tenant. */
export interface ImageTransfer {
  /** @throws NotFound, Unauthenticated, PermissionDenied, Unavailable (registry not reached), DataLoss, Cancelled */
  pull(reference: string, options?: TransferOptions): Promise<Image>;
  /** Pushes a tagged image; compresses layers that have no blob yet. Returns the manifest's descriptor. */
  push(reference: string, options?: TransferOptions): Promise<Descriptor>;
}

/** Looks without pulling. */
export interface RegistryInspection {
  /** @throws as `pull` */
  inspect(reference: string, options?: Pick<TransferOptions, "auth" | "signal">): Promise<RemoteImage>;
}

export interface RegistryLogin {
  /**
   * Asks a registry whether it takes the credentials. Nothing is kept: the client sends them with each transfer.
   * @param domain as in a reference: `docker.io`, `registry.example:5000`
   * @throws Unauthenticated, PermissionDenied, Unavailable (registry not reached), Cancelled
   */
  login(domain: string, auth: RegistryAuth, signal?: AbortSignal): Promise<void>;
}
