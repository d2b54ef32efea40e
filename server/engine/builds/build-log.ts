import { closeSync, createReadStream, existsSync, mkdirSync, openSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf } from "../errdefs/errors.ts";
import type { BuildEvent } from "../../contract/build-events.ts";

/** The events of ended and running builds on disk, one JSON value a line: `<directory>/<build id>.ndjson`. */
export class BuildLogs {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** A log to append to; close it. */
  create(id: string): { append(event: BuildEvent): void; close(): void } {
    const fd = openSync(this.#path(id), "a", 0o600);
    let whole = true;
    return {
      append: (event) => {
        if (!whole) {
          return;
        }
        try {
          writeSync(fd, `${JSON.stringify(event)}\n`);
        } catch (error) {
          // The build goes on, and so do its live events; who reads them later finds them cut short.
          whole = false;
          process.emitWarning(`the record of build ${id} is cut short: ${messageOf(error)}`);
        }
      },
      close: () => closeSync(fd),
    };
  }

  /** All whole lines; one that a crash cut off is left out. */
  async *read(id: string): AsyncGenerator<BuildEvent> {
    const path = this.#path(id);
    if (!existsSync(path)) {
      return;
    }
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    for await (const line of lines) {
      const event = parse(line);
      if (event !== undefined) {
        yield event;
      }
    }
  }

  /** Idempotent. */
  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.ndjson`);
  }
}

function parse(line: string): BuildEvent | undefined {
  try {
    return JSON.parse(line) as BuildEvent;
  } catch {
    return undefined;
  }
}
