import type { ContentStore } from "../content/store.ts";
import { DataLoss, InvalidArgument } from "../errdefs/errors.ts";
import { digestOf } from "../oci/digest.ts";
import type { Descriptor } from "../oci/types.ts";
import { familiarString, parseReference, type Reference } from "../reference/reference.ts";
import type { Artifact, ArtifactOptions, Artifacts } from "./artifacts.ts";
import { BlobUploads } from "./blob-uploads.ts";
import type { Fetcher } from "./fetcher.ts";
import { defaultTransferLimits, type TransferLimits } from "./limits.ts";
import type { Registries, RegistryReach, Repository } from "./registry-client.ts";
import { fetchDocument } from "./resolver.ts";
import { Limiter } from "./shared-work.ts";

export interface RegistryArtifactsOptions {
  /** shared by all tenants */
  registries: Registries;
  /** shared by all tenants */
  fetcher: Fetcher;
  content: ContentStore;
  /** which registries the tenant may ask */
  reach: RegistryReach;
  limits?: TransferLimits;
}

export class RegistryArtifacts implements Artifacts {
  readonly #options: RegistryArtifactsOptions;

  constructor(options: RegistryArtifactsOptions) {
    this.#options = options;
  }

  async open(name: string, options: ArtifactOptions): Promise<Artifact> {
    const reference = parseReference(name);
    const repository = this.#repository(reference, "pull", options);
    return this.#artifact(repository, reference, reference.digest ?? reference.tag ?? "latest", options.signal);
  }

  async push(
    name: string,
    manifest: { bytes: Uint8Array; mediaType: string },
    options: ArtifactOptions & { blobs: readonly Descriptor[] },
  ): Promise<void> {
    const reference = parseReference(name);
    if (reference.digest !== undefined) {
      throw new InvalidArgument(`${name} names a digest: what is pushed needs a tag`);
    }
    const repository = this.#repository(reference, "pull,push", options);
    const uploads = new BlobUploads(repository, this.#options.content, options.signal);
    await repository.base(options.signal);
    const limiter = new Limiter((this.#options.limits ?? defaultTransferLimits).uploads);
    const work = options.blobs.map((blob) =>
      limiter.run(async () => {
        if (!(await uploads.exists(blob))) {
          await uploads.upload(blob, undefined, () => undefined);
        }
      }),
    );
    // After a failure, too, nothing is left running.
    await Promise.allSettled(work);
    await Promise.all(work);
    const { bytes, mediaType } = manifest;
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await uploads.putManifest(reference.tag ?? "latest", bytes, descriptor);
  }

  async #artifact(
    repository: Repository,
    reference: Reference,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Artifact> {
    const what = familiarString(reference);
    const { bytes, isIndex, descriptor } = await fetchDocument(repository, name, what, signal);
    if (name.startsWith("sha256:") && descriptor.digest !== name) {
      throw new DataLoss(`manifest verification failed for digest ${name}`);
    }
    return {
      bytes,
      isIndex,
      fetch: (blob, fetching) => this.#options.fetcher.obtain(repository, blob, { signal: fetching }),
      manifest: (listed, reading) => this.#artifact(repository, reference, listed.digest, reading),
    };
  }

  #repository(reference: Reference, actions: "pull" | "pull,push", { auth }: ArtifactOptions): Repository {
    const { registries, reach } = this.#options;
    return registries.repository(reference, actions, { ...reach, auth });
  }
}
