import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf } from "../errdefs/errors.ts";
import { PatientFile } from "../logs/patient-file.ts";
import type { BuildEvent } from "../../contract/build-events.ts";

/** The events of ended and running builds on disk, one JSON value a line: `<directory>/<build id>.ndjson`. */
export class BuildLogs {
  readonly #directory: string;
  /** that are written, or whose end waits for room */
  readonly #open = new Map<string, PatientFile>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** A log to append to; close it. On a full disk its end waits in memory, and is read from there, until there is room. */
  create(id: string): { append(event: BuildEvent): void; close(): void } {
    const file = new PatientFile(this.#path(id));
    this.#open.set(id, file);
    let whole = true;
    return {
      append: (event) => {
        if (!whole) {
          return;
        }
        try {
          file.append(JSON.stringify(event));
        } catch (error) {
          // The build goes on, and so do its live events; who reads them later finds them cut short.
          whole = false;
          process.emitWarning(`the record of build ${id} is cut short: ${messageOf(error)}`);
        }
      },
      close: () => {
        file.close();
        if (file.waiting.length === 0) {
          this.#open.delete(id);
        }
      },
    };
  }

  /** All whole lines; one that a crash cut off is left out. */
  async *read(id: string): AsyncGenerator<BuildEvent> {
    const path = this.#path(id);
    if (!existsSync(path)) {
      return;
    }
    // As it was when the file was begun to be read: nothing is missed, and nothing told twice.
    const waiting = this.#open.get(id)?.waiting.slice() ?? [];
    let last = -1;
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const event = parse(line);
      if (event !== undefined) {
        last = event.seq;
        yield event;
      }
    }
    yield* waiting.flatMap((line) => parse(line) ?? []).filter(({ seq }) => seq > last);
  }

  /** Idempotent. */
  async remove(id: string): Promise<void> {
    this.#open.get(id)?.discard();
    this.#open.delete(id);
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
