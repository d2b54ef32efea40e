import type { IDisposable, IMarker, Terminal } from "@xterm/xterm";
import { messages } from "../../lib/messages.ts";

/** Output is told once none has come for as long, ms. */
const pause = 300;
/** Of output without a pause, that it goes on is told after as long, ms. */
const patience = 3000;
/** lines that are told at once; of more the last ones */
const mostAtOnce = 20;
/** lines that can be read again */
const mostKept = 100;

/**
 * Tells screen readers, in a log (a polite live region), what a terminal prints while one types in it. On for everybody:
 * it reads a screenful when output pauses. xterm's own `screenReaderMode` stays off: it takes no text that comes whole (of
 * dictation, of keyboards on a screen), interrupts what is being said, and bounds lines only: a program that draws the same
 * line over and over fills its live region without end.
 */
export class ToldOutput {
  readonly #terminal: Terminal;
  readonly #host: HTMLElement;
  readonly #log: HTMLElement;
  readonly #listeners: IDisposable[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since: number | undefined;
  #saidGoesOn = false;
  /** the line that the cursor was in, and what of it is known */
  #from: IMarker | undefined;
  #known = "";
  #typed = false;

  constructor(terminal: Terminal, host: HTMLElement, log: HTMLElement) {
    this.#terminal = terminal;
    this.#host = host;
    this.#log = log;
    this.#listeners = [terminal.onWriteParsed(() => this.#wait()), terminal.onData(() => (this.#typed = true))];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const each of this.#listeners) each.dispose();
    this.#log.replaceChildren();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), pause);
    this.#since ??= Date.now();
    if (this.#saidGoesOn || Date.now() - this.#since < patience) return;
    this.#saidGoesOn = true;
    this.#say([messages.terminals.goesOn]);
  }

  #tell(): void {
    this.#since = undefined;
    this.#saidGoesOn = false;
    const lines = this.#terminal.buffer.active.type === "alternate" ? this.#cursorLine() : this.#newLines();
    this.#say(lines);
  }

  /** A program that has the whole screen is where its cursor is. */
  #cursorLine(): string[] {
    const { baseY, cursorY } = this.#terminal.buffer.active;
    const line = this.#line(baseY + cursorY);
    const isNew = line !== this.#known && !this.#typed;
    this.#known = line;
    this.#typed = false;
    return isNew ? [line] : [];
  }

  #newLines(): string[] {
    const { baseY, cursorY } = this.#terminal.buffer.active;
    const end = baseY + cursorY;
    // Its line was cleared, or is no longer held: what is in sight is new.
    const gone = this.#from === undefined || this.#from.isDisposed || this.#from.line > end;
    const start = gone ? baseY : (this.#from?.line ?? baseY);
    const lines: string[] = [];
    for (let index = Math.max(start, end - mostAtOnce + 1); index <= end; index++) {
      const line = this.#line(index);
      if (index > start || gone) lines.push(line);
      // What is typed is no news to who types it.
      else if (!this.#typed) lines.push(line.startsWith(this.#known) ? line.slice(this.#known.length) : line);
    }
    this.#from?.dispose();
    this.#from = this.#terminal.registerMarker(0);
    this.#known = this.#line(end);
    this.#typed = false;
    return end - start >= mostAtOnce ? [messages.terminals.leftOut, ...lines] : lines;
  }

  #line(index: number): string {
    return this.#terminal.buffer.active.getLine(index)?.translateToString(true) ?? "";
  }

  #say(lines: readonly string[]): void {
    // Terminals that nobody types in would talk in between.
    if (!this.#host.contains(document.activeElement)) return;
    for (const line of lines) {
      if (line.trim() === "") continue;
      const element = document.createElement("p");
      element.textContent = line;
      this.#log.append(element);
    }
    while (this.#log.childElementCount > mostKept) this.#log.firstElementChild?.remove();
  }
}
