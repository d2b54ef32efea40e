import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContentProvider } from "../content/store.ts";
import { DataLoss, Internal, isEngineError } from "../errdefs/errors.ts";
import type { Descriptor } from "../oci/types.ts";
import { drain } from "./http-client.ts";
import { checkCancelled, type Repository } from "./registry-client.ts";
import { failureOf } from "./registry-errors.ts";

const maxAttempts = 4;

/** Sends blobs of the content store and manifests to one repository (distribution-spec, Push). */
export class BlobUploads {
  readonly #repository: Repository;
  readonly #content: ContentProvider;
  readonly #signal: AbortSignal | undefined;

  constructor(repository: Repository, content: ContentProvider, signal: AbortSignal | undefined) {
    this.#repository = repository;
    this.#content = content;
    this.#signal = signal;
  }

  /** Whether the repository has it. */
  exists(blob: Descriptor): Promise<boolean> {
    return this.#tried(blob, async () => {
      const response = await this.#repository.request({
        method: "HEAD",
        path: `blobs/${blob.digest}`,
        expect: [200, 404],
        ...this.#signalled,
      });
      await drain(response);
      return response.status === 200;
    });
  }

  /** Tries to mount it from another repository, else sends it; again from the start after a broken connection. */
  upload(blob: Descriptor, from: string | undefined, onBytes: (sent: number) => void): Promise<"mounted" | "sent"> {
    return this.#tried(blob, (attempt) => this.#uploadOnce(blob, attempt === 1 ? from : undefined, onBytes));
  }

  /** Again where the connection breaks or a server says that it cannot just now. */
  async #tried<T>({ digest }: Descriptor, work: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt);
      } catch (error) {
        checkCancelled(this.#signal, `push of ${digest}`);
        const status = failureOf(error)?.status;
        const transient = status === undefined ? isEngineError(error, "unavailable") : status >= 500;
        if (attempt === maxAttempts || !transient) {
          throw error;
        }
        await sleep(500 * 2 ** (attempt - 1), undefined, this.#signalled).catch(() => undefined);
        checkCancelled(this.#signal, `push of ${digest}`);
      }
    }
  }

  async #uploadOnce(
    blob: Descriptor,
    from: string | undefined,
    onBytes: (sent: number) => void,
  ): Promise<"mounted" | "sent"> {
    const mount =
      from === undefined ? "" : `?mount=${encodeURIComponent(blob.digest)}&from=${encodeURIComponent(from)}`;
    const started = await this.#repository.request(
      {
        method: "POST",
        path: `blobs/uploads/${mount}`,
        body: new Uint8Array(),
        expect: [201, 202],
        ...this.#signalled,
      },
      from === undefined ? {} : { from },
    );
    await drain(started);
    if (started.status === 201) {
      return "mounted";
    }
    // Of a shorter one the registry would wait for the rest.
    const { size } = await this.#content.info(blob.digest);
    if (size !== blob.size) {
      throw new DataLoss(`blob ${blob.digest} is damaged on disk: it has ${size} bytes instead of ${blob.size}`);
    }
    const open = async () => counting(await this.#content.open(blob.digest), onBytes);
    const patched = await this.#repository.request({
      method: "PATCH",
      path: locationOf(started),
      headers: { "content-type": "application/octet-stream" },
      body: { open, size: blob.size },
      expect: [202, 204],
      ...this.#signalled,
    });
    await drain(patched);
    const end = locationOf(patched);
    end.searchParams.set("digest", blob.digest);
    const done = await this.#repository.request({
      method: "PUT",
      path: end,
      body: new Uint8Array(),
      expect: [201, 204],
      ...this.#signalled,
    });
    await drain(done);
    return "sent";
  }

  /** @param tag or a digest */
  async putManifest(tag: string, bytes: Uint8Array, descriptor: Descriptor): Promise<void> {
    const response = await this.#repository.request({
      method: "PUT",
      path: `manifests/${tag}`,
      headers: { "content-type": descriptor.mediaType },
      body: bytes,
      expect: [201, 202],
      ...this.#signalled,
    });
    await drain(response);
  }

  get #signalled(): { signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }
}

function locationOf(response: { headers: { location?: string | undefined }; url: URL }): URL {
  const location = response.headers.location ?? "";
  if (location === "" || !URL.canParse(location, response.url)) {
    throw new Internal(`the registry ${response.url.host} does not say where to upload to`);
  }
  return new URL(location, response.url);
}

function counting(source: Readable, onBytes: (sent: number) => void): Readable {
  let sent = 0;
  let next = 0;
  return Readable.from(
    (async function* () {
      try {
        for await (const chunk of source as AsyncIterable<Uint8Array>) {
          sent += chunk.length;
          if (performance.now() >= next) {
            next = performance.now() + 100;
            onBytes(sent);
          }
          yield chunk;
        }
      } finally {
        source.destroy();
      }
    })(),
    { objectMode: false },
  );
}
