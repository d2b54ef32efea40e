import { withoutEnd } from "../without-end.ts";
import { LogicalLine } from "./logical-line.ts";
import type { SourceFile } from "./source.ts";
import { trimStart } from "./white-space.ts";

/** Tells what a reader of logical lines met on its way. */
export interface LineReaderEvents {
  /** Empty lines within an instruction that ends at `line`: allowed, but deprecated. `emptyLines` are theirs. */
  onEmptyContinuation: (line: number, emptyLines: readonly number[]) => void;
}

/**
 * Reads instructions' texts one by one: comments and empty lines are skipped, continued lines joined
 * (Dockerfile reference, Format and Parser directives, escape).
 */
export class LineReader {
  readonly #source: SourceFile;
  readonly #escape: string;
  readonly #events: LineReaderEvents;
  #comments: string[] = [];
  #next = 0;

  /** @param start lines that are taken: directives, which are no comments */
  constructor(source: SourceFile, escape: string, events: LineReaderEvents, start = 0) {
    this.#source = source;
    this.#escape = escape;
    this.#events = events;
    this.#next = start;
  }

  /** Goes on after physical line `line`: heredocs were read up to there. */
  skipTo(line: number): void {
    this.#next = line;
  }

  read(): LogicalLine | undefined {
    while (this.#next < this.#source.lines.length) {
      const text = this.#source.lines[this.#next] ?? "";
      this.#next++;
      const trimmed = trimStart(text);
      if (trimmed.startsWith("#")) {
        this.#addComment(trimmed);
      } else if (trimmed !== "") {
        const line = this.#readFrom(trimmed, text.length - trimmed.length + 1);
        line.comments = this.#comments;
        this.#comments = [];
        return line;
      }
    }
    return undefined;
  }

  /** An empty comment sets the ones before it apart from the instruction that follows. */
  #addComment(text: string): void {
    const comment = text.slice(1).trim();
    if (comment === "") {
      this.#comments = [];
    } else {
      this.#comments.push(comment);
    }
  }

  #readFrom(first: string, column: number): LogicalLine {
    const line = new LogicalLine(this.#next);
    let { text, continued } = this.#stripContinuation(first);
    line.append(text, this.#next, column);
    const emptyLines: number[] = [];
    let last = this.#next;
    while (continued && this.#next < this.#source.lines.length) {
      const raw = this.#source.lines[this.#next] ?? "";
      this.#next++;
      const trimmed = trimStart(raw);
      if (trimmed === "") {
        // what follows the last line's end is no line
        if (this.#next < this.#source.lines.length || raw !== "") {
          emptyLines.push(this.#next);
          last = this.#next;
        }
        continue;
      }
      last = this.#next;
      if (trimmed.startsWith("#")) {
        continue;
      }
      ({ text, continued } = this.#stripContinuation(raw));
      line.append(text, this.#next, 1);
    }
    if (emptyLines.length > 0) {
      this.#events.onEmptyContinuation(last, emptyLines);
    }
    return line;
  }

  /** An escape at the end of a line continues it, unless it is itself escaped; spaces may follow it. */
  #stripContinuation(text: string): { text: string; continued: boolean } {
    const trimmed = withoutEnd(text, " \t");
    if (!trimmed.endsWith(this.#escape) || trimmed.at(-2) === this.#escape) {
      return { text, continued: false };
    }
    return { text: trimmed.slice(0, -1), continued: true };
  }
}
