import { createReadStream, writeFileSync } from "node:fs";
import path from "node:path";
import { isEngineError } from "../../errdefs/errors.ts";
import { newestFile } from "../../diff/newest-file.ts";
import type { GitRepository } from "../git/git-repository.ts";
import type { BuildWork } from "./build-work.ts";
import { download } from "./fetch-url.ts";

/** When things from elsewhere are from: seconds since 1970, undefined where nothing says it. */
export interface RemoteTimes {
  /** What the server says, else the newest file of the archive that it is. @throws as `download` */
  ofUrl(source: { url: string; checksum: string | undefined }): Promise<number | undefined>;
  /** Of the commit that the address names. @throws as `GitRepository.resolve` */
  ofRepository(repository: GitRepository): Promise<number | undefined>;
}

/** Asks the servers, as the tenant whose build it is. */
export class FetchedTimes implements RemoteTimes {
  readonly #work: BuildWork;
  readonly #signal: AbortSignal;

  constructor(work: BuildWork, signal: AbortSignal) {
    this.#work = work;
    this.#signal = signal;
  }

  async ofUrl({ url, checksum }: { url: string; checksum: string | undefined }): Promise<number | undefined> {
    const { workshop, lease, urls } = this.#work;
    return workshop.scratch(undefined, lease, async (directory) => {
      const file = path.join(directory, "download");
      writeFileSync(file, "");
      const { modified } = await download(url, file, { urls, checksum, signal: this.#signal, onProgress: () => {} });
      return modified === 0 ? archiveTime(file, this.#signal) : Math.floor(modified / 1000);
    });
  }

  async ofRepository(repository: GitRepository): Promise<number> {
    return repository.committedAt(await repository.resolve(this.#signal), this.#signal);
  }
}

async function archiveTime(file: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    return await newestFile(createReadStream(file), signal);
  } catch (error) {
    if (isEngineError(error, "cancelled")) {
      throw error;
    }
    return undefined; // no archive
  }
}
