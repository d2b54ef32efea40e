import type { SourceRange } from "../../../contract/build-events.ts";
import { trimEnd, trimStart } from "./white-space.ts";

/** Where a piece of a logical line comes from. */
interface Segment {
  offset: number;
  line: number;
  column: number;
}

/** One instruction's text with its continued lines joined, and the way back to lines and columns. */
export class LogicalLine {
  text = "";
  /** physical lines, heredocs included */
  readonly startLine: number;
  endLine: number;
  /** those right before it, without `#` */
  comments: string[] = [];
  readonly #segments: Segment[] = [];

  constructor(startLine: number) {
    this.startLine = startLine;
    this.endLine = startLine;
  }

  /** Adds a piece of physical line `line` that begins at `column` (both from 1). */
  append(piece: string, line: number, column: number): void {
    this.#segments.push({ offset: this.text.length, line, column });
    this.text += piece;
    this.endLine = line;
  }

  /** The range of `text.slice(start, end)` in the file. */
  range(start: number, end: number): SourceRange {
    const from = this.#position(start);
    // the end belongs to the last character inside, not to the piece that begins there
    const to = end > start ? this.#position(end - 1) : from;
    return {
      startLine: from.line,
      startColumn: from.column,
      endLine: to.line,
      endColumn: end > start ? to.column + 1 : to.column,
    };
  }

  /** The last that begins there or before, by halves: a line of a stranger's may have any number of them, and of words. */
  #segmentAt(offset: number): Segment | undefined {
    let low = 0;
    for (let high = this.#segments.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle]?.offset ?? 0) > offset) high = middle;
      else low = middle;
    }
    return this.#segments[low];
  }

  #position(offset: number): { line: number; column: number } {
    const found = this.#segmentAt(offset) ?? { offset: 0, line: this.startLine, column: 1 };
    return { line: found.line, column: found.column + (offset - found.offset) };
  }
}

/** A part of a logical line: `text` begins at `offset` in it. */
export interface Fragment {
  text: string;
  offset: number;
}

/** Without white space at both ends. */
export function trimFragment(fragment: Fragment): Fragment {
  const trimmed = trimStart(fragment.text);
  return { text: trimEnd(trimmed), offset: fragment.offset + fragment.text.length - trimmed.length };
}
