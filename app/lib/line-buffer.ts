/** The last lines of an endless output. Immutable from outside: `version` tells of changes. */
export abstract class Tail<Line> {
  readonly #maximum: number;
  readonly #longest: number;
  #lines: Line[] = [];
  #open = false;
  #dropped = 0;
  #version = 0;

  /** Keeps `maximum` lines of at most `longest` characters. */
  constructor(maximum: number, longest: number) {
    this.#maximum = maximum;
    this.#longest = longest;
  }

  /** The last one may still grow. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** lines that are gone from the beginning */
  get dropped(): number {
    return this.#dropped;
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Text that may end in the middle of a line, or hold several. `lineOf` makes a line of a piece; `before` is the
   * unfinished line that the piece goes on from.
   */
  protected take(text: string, lineOf: (piece: string, before: Line | undefined) => Line): void {
    if (text === "") return;
    const pieces = text.split("\n");
    const unfinished = pieces.at(-1) !== "";
    // The empty piece after a final newline is no line yet.
    const lines = unfinished ? pieces : pieces.slice(0, -1);
    for (const [index, piece] of lines.entries()) {
      const before = index === 0 && this.#open ? this.#lines.pop() : undefined;
      this.#lines.push(lineOf(piece, before));
    }
    this.#open = unfinished;
    const over = this.#lines.length - this.#maximum;
    // A quarter at once, so that the cost is spread.
    if (over > this.#maximum / 4) {
      this.#lines = this.#lines.slice(over);
      this.#dropped += over;
    }
    this.#version++;
  }

  protected cut(line: string): string {
    return line.length > this.#longest ? `${line.slice(0, this.#longest)}…` : line;
  }
}

/** Of plain text. */
export class LineBuffer extends Tail<string> {
  constructor(maximum = 5000, longest = 4000) {
    super(maximum, longest);
  }

  append(text: string): void {
    this.take(text, (piece, before = "") => this.cut(before + piece));
  }
}
