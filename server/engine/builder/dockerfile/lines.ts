import { LogicalLine } from "./logical-line.ts";
import type { SourceFile } from "./source.ts";

/** Tells what a reader of logical lines met on its way. */
export interface LineReaderEvents {
  /** An empty line within a continued instruction: allowed, but deprecated. */
  onEmptyContinuation: (line: number) => void;
}

/**
 * Reads instructions' texts one by one: comments and empty lines are skipped, continued lines joined
 * (Dockerfile reference, Format and Parser directives, escape).
 */
export class LineReader {
  readonly #source: SourceFile;
  readonly #escape: string;
  readonly #events: LineReaderEvents;
  #next = 0;

  constructor(source: SourceFile, escape: string, events: LineReaderEvents) {
    this.#source = source;
    this.#escape = escape;
    this.#events = events;
  }

  /** Goes on after physical line `line`: heredocs were read up to there. */
  skipTo(line: number): void {
    this.#next = line;
  }

  read(): LogicalLine | undefined {
    while (this.#next < this.#source.lines.length) {
      const text = this.#source.lines[this.#next] ?? "";
      this.#next++;
      const trimmed = text.trimStart();
      if (trimmed !== "" && !trimmed.startsWith("#")) {
        return this.#readFrom(trimmed, text.length - trimmed.length + 1);
      }
    }
    return undefined;
  }

  #readFrom(first: string, column: number): LogicalLine {
    const line = new LogicalLine(this.#next);
    let { text, continued } = this.#stripContinuation(first);
    line.append(text, this.#next, column);
    while (continued && this.#next < this.#source.lines.length) {
      const raw = this.#source.lines[this.#next] ?? "";
      this.#next++;
      const trimmed = raw.trimStart();
      if (trimmed === "") {
        // a trailing empty line at the end of the file is not "within" anything
        if (this.#next < this.#source.lines.length) {
          this.#events.onEmptyContinuation(this.#next);
        }
        continue;
      }
      if (trimmed.startsWith("#")) {
        continue;
      }
      ({ text, continued } = this.#stripContinuation(raw));
      line.append(text, this.#next, 1);
    }
    return line;
  }

  /** An escape at the end of a line continues it, unless it is itself escaped; spaces may follow it. */
  #stripContinuation(text: string): { text: string; continued: boolean } {
    const trimmed = text.replace(/[ \t]+$/, "");
    if (!trimmed.endsWith(this.#escape) || trimmed.at(-2) === this.#escape) {
      return { text, continued: false };
    }
    return { text: trimmed.slice(0, -1), continued: true };
  }
}
