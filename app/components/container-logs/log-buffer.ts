/** What was printed, line by line with its time; only the newest lines are kept. */
export interface LogLine {
  /** ms since the epoch, of its beginning */
  time: number;
  text: string;
}

/** The last lines of a container's output. `version` tells of changes. */
export class LogBuffer {
  readonly #maximum: number;
  readonly #longest: number;
  #lines: LogLine[] = [];
  #open = false;
  #dropped = 0;
  #version = 0;

  /** Keeps `maximum` lines of at most `longest` characters. */
  constructor(maximum = 20_000, longest = 4000) {
    this.#maximum = maximum;
    this.#longest = longest;
  }

  /** The last one may still grow. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** lines that are gone from the beginning */
  get dropped(): number {
    return this.#dropped;
  }

  get version(): number {
    return this.#version;
  }

  /** Text that may end in the middle of a line, or hold several. */
  append(text: string, time: number): void {
    if (text === "") return;
    const pieces = text.split("\n");
    const unfinished = pieces.at(-1) !== "";
    const lines = unfinished ? pieces : pieces.slice(0, -1);
    for (const [index, piece] of lines.entries()) {
      const last = this.#lines.at(-1);
      if (index === 0 && this.#open && last !== undefined) {
        this.#lines[this.#lines.length - 1] = { time: last.time, text: this.#cut(last.text + piece) };
      } else this.#lines.push({ time, text: this.#cut(piece) });
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

  #cut(line: string): string {
    return line.length > this.#longest ? `${line.slice(0, this.#longest)}…` : line;
  }
}

/** The lines as they are shown: those with `search` in them, whatever its case; with the learner's own time of day. */
export function shownLines(lines: readonly LogLine[], search: string, timestamps: boolean): string[] {
  const wanted = search.toLowerCase();
  const found = wanted === "" ? lines : lines.filter(({ text }) => text.toLowerCase().includes(wanted));
  return found.map(({ time, text }) => (timestamps ? `\u001B[2m${timeOfDay(time)}\u001B[0m ${text}` : text));
}

function timeOfDay(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
