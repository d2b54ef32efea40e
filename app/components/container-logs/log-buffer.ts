import { Tail } from "../../lib/line-buffer.ts";

/** What was printed, line by line with its time; only the newest lines are kept. */
export interface LogLine {
  /** ms since the epoch, of its beginning */
  time: number;
  text: string;
}

/** The last lines of a container's output. */
export class LogBuffer extends Tail<LogLine> {
  constructor(maximum = 20_000, longest = 4000) {
    super(maximum, longest);
  }

  append(text: string, time: number): void {
    this.take(text, (piece, before = { time, text: "" }) => ({
      time: before.time,
      text: this.cut(before.text + piece),
    }));
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
