import type { Descriptor } from "../oci/types.ts";
import type { RegistryAuth } from "./remotes.ts";

export interface ArtifactOptions {
  auth?: RegistryAuth | undefined;
  signal?: AbortSignal | undefined;
}

/** Manifests and blobs of registries that become no images here, such as build caches. For one tenant. */
export interface Artifacts {
  /** @throws NotFound, Unauthenticated, PermissionDenied, Unavailable (registry not reached), DataLoss, Cancelled */
  open(reference: string, options: ArtifactOptions): Promise<Artifact>;
  /** Sends the blobs, which the content store has, then the manifest. @throws as `open` */
  push(
    reference: string,
    manifest: { bytes: Uint8Array; mediaType: string },
    options: ArtifactOptions & { blobs: readonly Descriptor[] },
  ): Promise<void>;
}

/** A manifest or an index. */
export interface Artifact {
  bytes: Buffer;
  isIndex: boolean;
  /** Afterwards the content store has the blob, as its descriptor says, and the registry has shown it. @throws DataLoss, NotFound, Unavailable, Cancelled */
  fetch(blob: Descriptor, signal: AbortSignal | undefined): Promise<void>;
  /** What an index lists. @throws DataLoss, NotFound */
  manifest(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<Artifact>;
}
