import { createHash } from "node:crypto";
import type { ContentStore } from "../content/store.ts";
import { decompress } from "../diff/compression.ts";
import { DataLoss } from "../errdefs/errors.ts";
import type { LayerBlobs } from "../layers/layer-store.ts";
import type { DiffID } from "../oci/digest.ts";
import type { Descriptor } from "../oci/types.ts";
import type { Reference } from "../reference/reference.ts";
import type { BlobSources } from "./blob-sources.ts";
import type { Fetcher, FetchOptions } from "./fetcher.ts";
import type { Repository } from "./registry-client.ts";

export interface PossessionParts {
  content: ContentStore;
  fetcher: Fetcher;
  blobs: LayerBlobs;
  sources: Pick<BlobSources, "isKnown" | "noteBlobs">;
}

/**
 * All tenants share one store of blobs and layers, but nobody is given what somebody else has for naming its digest: who
 * pulls must be shown it by the registry. That is so where somebody has got it from the same repository before, without
 * credentials; else the registry has to send it, and it is unpacked, as if it were not here. So neither a registry of a
 * tenant's own nor the time that a pull of private content takes tells what others have.
 */
export class Possession {
  readonly #parts: PossessionParts;
  readonly #repository: Repository;
  readonly #reference: Reference;

  constructor(parts: PossessionParts, repository: Repository, reference: Reference) {
    this.#parts = parts;
    this.#repository = repository;
    this.#reference = reference;
  }

  /** Afterwards the store has the blob, and the registry has shown it. @throws as `Fetcher.fetch` */
  async obtain(blob: Descriptor, options: FetchOptions): Promise<void> {
    const { fetcher, sources } = this.#parts;
    if (sources.isKnown(blob.digest, this.#reference)) {
      await fetcher.fetch(this.#repository, blob, options);
      return;
    }
    await fetcher.obtain(this.#repository, blob, options);
    sources.noteBlobs([blob.digest], this.#reference, this.#repository.isPublic);
  }

  /** The registry has been seen to show this layer to everybody, as this blob: it need not show it again. */
  isShown(blob: Descriptor, diffId: DiffID): boolean {
    const { blobs, sources } = this.#parts;
    return blobs.has(diffId, blob.digest) && sources.isKnown(blob.digest, this.#reference);
  }
}

/** @throws DataLoss when what a blob of the store unpacks to is something else */
export async function checkUnpacked(content: ContentStore, { digest }: Descriptor, diffId: DiffID): Promise<void> {
  const { stream } = await decompress(await content.open(digest));
  const hash = createHash("sha256");
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk);
  if (`sha256:${hash.digest("hex")}` !== diffId) {
    throw new DataLoss(`layer ${digest} does not unpack to what its image's config says (${diffId})`);
  }
}
