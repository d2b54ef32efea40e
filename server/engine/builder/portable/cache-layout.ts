import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import type { ContentStore } from "../../content/store.ts";
import { DataLoss, InvalidArgument } from "../../errdefs/errors.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import { writeStream } from "../../mount/stream-file.ts";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";
import { canonicalJson } from "../../oci/json.ts";
import { type Descriptor, mediaTypes } from "../../oci/types.ts";
import { maxManifestSize, parseIndex } from "../../oci/validate.ts";

const blobs = "blobs/sha256";

/** An OCI layout (image-spec image-layout.md) in a learner's directory: hostile, read and written on safe paths. */
export class CacheLayout {
  readonly #directory: string;

  /** @param directory new files in it belong to its owner */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The manifest that the index names. @throws NotFound, InvalidArgument */
  manifest(): Buffer {
    using root = new SafeRoot(this.#directory);
    const [first] = parseIndex(root.readFile("index.json", maxManifestSize), "index.json").manifests;
    if (first === undefined) {
      throw new InvalidArgument("index.json names no manifest");
    }
    const bytes = root.readFile(pathOf(first.digest), maxManifestSize);
    if (digestOf(bytes) !== first.digest) {
      throw new InvalidArgument(`${pathOf(first.digest)} is not what its name says`);
    }
    return bytes;
  }

  /**
   * Brings a blob into the content store. The directory has to have all of it, also where the store has it already: of
   * somebody else's nobody is given anything for naming it. @throws NotFound, DataLoss
   */
  async fetch(blob: Descriptor, content: ContentStore, signal: AbortSignal | undefined): Promise<void> {
    using root = new SafeRoot(this.#directory);
    const open = () => createReadStream("", { fd: root.openFile(pathOf(blob.digest)).fd });
    const hash = createHash("sha256");
    for await (const chunk of open() as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
    if (`sha256:${hash.digest("hex")}` !== blob.digest) {
      throw new DataLoss(`the cache's blob ${blob.digest} is not what its name says`);
    }
    await content.ingest(open(), {
      ref: `blob-${blob.digest}`,
      expected: { digest: blob.digest, size: blob.size },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Blobs come first and the index last, so that what it names is there. */
  async write(
    manifest: Uint8Array,
    layers: readonly Descriptor[],
    { open, signal }: { open: (blob: Digest) => Promise<Readable>; signal: AbortSignal },
  ): Promise<void> {
    using root = new SafeRoot(this.#directory);
    root.makeDirectory(blobs, { parents: true, mode: 0o755 });
    for (const { digest } of layers) {
      if (root.exists(pathOf(digest))) {
        continue;
      }
      await writeStream(root, pathOf(digest), await open(digest), signal);
    }
    const digest = digestOf(manifest);
    const listed = {
      mediaType: mediaTypes.ociManifest,
      digest,
      size: manifest.byteLength,
      annotations: { "org.opencontainers.image.ref.name": "latest" },
    };
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [listed] };
    root.writeFile(pathOf(digest), manifest, { mode: 0o644 });
    root.writeFile("oci-layout", '{"imageLayoutVersion":"1.0.0"}', { mode: 0o644 });
    root.writeFile("index.json", canonicalJson(index), { mode: 0o644 });
  }
}

function pathOf(digest: Digest): string {
  return `${blobs}/${hexOf(digest)}`;
}
