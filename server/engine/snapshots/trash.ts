import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errnoCode, fileError } from "../mount/errno.ts";

/** So long the next are waited for: one rm(1) deletes all, as starting it holds up this thread for some ms. Milliseconds. */
const gathering = 250;
/** for one rm(1) */
const most = 100;

/**
 * Directories on their way out: moved away at once by a rename within the file system, deleted later by rm(1) in a
 * process of its own, so that a big tree keeps nobody waiting.
 */
export class Trash {
  readonly #dir: string;
  readonly #onError: (error: Error) => void;
  #running: Promise<void> | undefined;
  #hurry = (): void => {};

  /** @param dir on the same file system as what is thrown away; what is in it already is deleted too */
  constructor(dir: string, onError: (error: Error) => void) {
    this.#dir = dir;
    this.#onError = onError;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#start();
  }

  /** Idempotent: what is not there is gone. */
  discard(path: string): void {
    if (!existsSync(path)) {
      return;
    }
    try {
      renameSync(path, join(this.#dir, randomUUID()));
    } catch (error) {
      throw fileError(`moving ${path} away`, error);
    }
    this.#start();
  }

  /** Resolves when all that was discarded so far is deleted, or failed to be (that is reported to `onError`). */
  async idle(): Promise<void> {
    while (this.#running !== undefined) {
      this.#hurry();
      await this.#running;
    }
  }

  #start(): void {
    if (this.#running !== undefined || readdirSync(this.#dir).length === 0) return;
    this.#running = this.#empty().catch((error: unknown) => {
      this.#running = undefined;
      // The state directory itself was taken away: nothing is left to delete.
      if (errnoCode(error) !== "ENOENT") {
        this.#onError(fileError(`emptying ${this.#dir}`, error));
      }
    });
  }

  async #empty(): Promise<void> {
    const failed = new Set<string>();
    const left = () => readdirSync(this.#dir).filter((name) => !failed.has(name));
    do {
      await this.#gathered();
      const names = left().slice(0, most);
      const problem = await remove(names.map((name) => join(this.#dir, name)));
      if (problem !== undefined) {
        for (const name of names) if (existsSync(join(this.#dir, name))) failed.add(name);
        this.#onError(problem);
      }
    } while (left().length > 0);
    // Not a turn later: what is discarded then would be started by nobody.
    this.#running = undefined;
  }

  #gathered(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gathering);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function remove(paths: string[]): Promise<Error | undefined> {
  const what = `deleting ${paths.join(", ")}`;
  const child = spawn("rm", ["-rf", "--one-file-system", "--", ...paths], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString().slice(0, 1000)));
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return status === 0 ? undefined : new Error(`${what}: ${complaint.trim() || `rm ended with ${status}`}`);
  } catch (error) {
    return fileError(what, error);
  }
}
