import type { TestEvent } from "node:test/reporters";

interface Ending {
  file: string;
  begun: number;
  ended: number;
}

/** Node reports a test file as a test of its own, named by its path, when nothing else is known of it. */
export function isFileItself({ name, file }: { name: string; file?: string | undefined }): boolean {
  return file !== undefined && /\.[cm]?[jt]s$/.test(name) && file.endsWith(name);
}

/**
 * Which test files came to their end. Node sends a file's summary last, after its last test: where it is missing, the
 * process exited before (`process.exit(0)` in a test), or a forced exit dropped results. Node itself calls both passed.
 */
export class Endings {
  readonly #files = new Map<string, Ending>();
  readonly #summed = new Set<string>();

  note({ type, data }: TestEvent): void {
    const file = data !== undefined && "file" in data ? data.file : undefined;
    // Tests of a shared suite say that they are in its file: what ends is the file that called it.
    if (file === undefined || !/\.test\.m?[jt]s$/.test(file)) return;
    if (type === "test:summary") this.#summed.add(file);
    if (type !== "test:enqueue" && type !== "test:complete") return;
    const ending = this.#files.get(file) ?? { file, begun: 0, ended: 0 };
    this.#files.set(file, ending);
    if (isFileItself(data)) return;
    ending[type === "test:enqueue" ? "begun" : "ended"]++;
  }

  /** Files that were begun and have no summary. */
  early(): Ending[] {
    return [...this.#files.values()].filter(({ file }) => !this.#summed.has(file));
  }
}
