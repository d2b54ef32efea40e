import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errnoCode, fileError } from "../mount/errno.ts";

/**
 * Directories on their way out: moved away at once by a rename within the file system, deleted later by rm(1) in a
 * process of its own, one at a time, so that a big tree keeps nobody waiting.
 */
export class Trash {
  readonly #dir: string;
  readonly #onError: (error: Error) => void;
  #running: Promise<void> | undefined;

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
      await this.#running;
    }
  }

  #start(): void {
    this.#running ??= this.#empty()
      .catch((error: unknown) => {
        // The state directory itself was taken away: nothing is left to delete.
        if (errnoCode(error) !== "ENOENT") {
          this.#onError(fileError(`emptying ${this.#dir}`, error));
        }
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #empty(): Promise<void> {
    const failed = new Set<string>();
    for (;;) {
      // Deleting starts in a later turn: what discards several at once is not held up.
      await new Promise((resolve) => setImmediate(resolve));
      const names = readdirSync(this.#dir).filter((name) => !failed.has(name));
      if (names.length === 0) {
        return;
      }
      for (const name of names.slice(0, 100)) {
        const problem = await remove(join(this.#dir, name));
        if (problem !== undefined) {
          failed.add(name);
          this.#onError(problem);
        }
      }
    }
  }
}

async function remove(path: string): Promise<Error | undefined> {
  const child = spawn("rm", ["-rf", "--one-file-system", "--", path], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString().slice(0, 1000)));
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return status === 0 ? undefined : new Error(`deleting ${path}: ${complaint.trim() || `rm ended with ${status}`}`);
  } catch (error) {
    return fileError(`deleting ${path}`, error);
  }
}
