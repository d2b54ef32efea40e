/** The last lines of an endless output. Immutable from outside: `version` tells of changes. */
export class LineBuffer {
  readonly #maximum: number;
  readonly #longest: number;
  #lines: string[] = [];
  #open = false;
  #dropped = 0;
  #version = 0;

  /** Keeps `maximum` lines of at most `longest` characters. */
  constructor(maximum = 5000, longest = 4000) {
    this.#maximum = maximum;
    this.#longest = longest;
  }

  /** The last one may still grow. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** lines that are gone from the beginning */
  get dropped(): number {
    return this.#dropped;
  }

  get version(): number {
    return this.#version;
  }

  append(text: string): void {
    if (text === "") return;
    const parts = text.split("\n");
    const first = parts[0] ?? "";
    if (this.#open) this.#lines[this.#lines.length - 1] = this.#cut((this.#lines.at(-1) ?? "") + first);
    else if (parts.length > 1 || first !== "") this.#lines.push(this.#cut(first));
    for (const part of parts.slice(1)) this.#lines.push(this.#cut(part));
    this.#open = parts.at(-1) !== "";
    // The empty piece after a final newline is no line yet.
    if (parts.length > 1 && !this.#open) this.#lines.pop();
    const over = this.#lines.length - this.#maximum;
    // A quarter at once, so that the cost is spread.
    if (over > this.#maximum / 4) {
      this.#lines = this.#lines.slice(over);
      this.#dropped += over;
    }
    this.#version++;
  }

  #cut(line: string): string {
    return line.length > this.#longest ? `${line.slice(0, this.#longest)}…` : line;
  }
}
