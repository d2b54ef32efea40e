import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { ContextSource } from "../builder/builder.ts";
import { unpackTar } from "../diff/unpack.ts";

/** What one build's context may unpack to at most, whatever the tenant's own limit is. */
const maxBytes = 16 * 1024 ** 3;
const maxFiles = 1_000_000;

/** Build contexts that clients send as tars, each unpacked into a directory of its own beneath one that only root enters. */
export class UploadedContexts {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Removes what a crash left. Call once at start. */
  async recover(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }

  /**
   * @param limitBytes the tenant's own limit
   * @throws InvalidArgument (no tar, hostile entries), OutOfRange (limits), Cancelled, ResourceExhausted (disk)
   */
  async unpack(tar: Readable, limitBytes: number | undefined, signal: AbortSignal): Promise<ContextSource> {
    const root = await mkdtemp(join(this.#directory, "context-"));
    const dispose = () => rm(root, { recursive: true, force: true });
    try {
      await unpackTar(tar, root, {
        devices: "refuse",
        limits: { bytes: Math.min(maxBytes, limitBytes ?? maxBytes), entries: maxFiles },
        signal,
      });
    } catch (error) {
      await dispose();
      throw error;
    }
    return { root, hostBase: 0, dispose };
  }
}
