import type { Connection } from "../../lib/connection.ts";
import type { TogetherStore } from "../together/together-store.ts";
import type { TerminalsStore } from "./terminals-store.ts";
import type { XtermParts } from "./xterm-setup.ts";

interface SharedTerminalParts {
  connection: Connection;
  terminals: TerminalsStore;
  together: TogetherStore;
  /** what is typed goes to the program */
  mayType: () => boolean;
}

/** Of several people one has a terminal's keyboard; the others see it in the size that is right for that one. */
export class SharedTerminal {
  readonly #id: string;
  readonly #xterm: XtermParts;
  readonly #element: HTMLElement;
  readonly #parts: SharedTerminalParts;
  readonly #stops: (() => void)[];
  #had = false;
  /** how far it is scrolled, from 0 to 1: as it was told last, and as whom this page follows has it */
  #part = 1;
  #theirs = 1;

  constructor(id: string, xterm: XtermParts, element: HTMLElement, parts: SharedTerminalParts) {
    this.#id = id;
    this.#xterm = xterm;
    this.#element = element;
    this.#parts = parts;
    const { connection, together } = parts;
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(element);
    const resized = xterm.terminal.onResize(({ cols, rows }) => this.#resized(cols, rows));
    const drawn = xterm.terminal.onRender(() => this.#tellScrolled());
    this.#stops = [
      together.writers.subscribe(() => this.#writersChanged()),
      connection.state.subscribe(() => connection.state.value.connected && this.#tellSize()),
      () => observer.disconnect(),
      () => resized.dispose(),
      () => drawn.dispose(),
      together.people.subscribe(() => this.#goAlong()),
      together.following.subscribe(() => this.#goAlong()),
    ];
  }

  /** To the room that there is, or to the writer's size. A hidden terminal has none: it is fitted when it is seen. */
  fit(): void {
    const { together } = this.#parts;
    const writer = together.writerOf(this.#id);
    const theirs = together.hasKeyboard(this.#id) ? undefined : writer;
    // Where there is less room than the writer has, one looks about.
    this.#element.style.overflow = theirs === undefined ? "" : "auto";
    if (theirs?.columns !== undefined && theirs.rows !== undefined) {
      this.#xterm.terminal.resize(theirs.columns, theirs.rows);
    } else if (this.#element.clientWidth > 0) this.#xterm.fit.fit();
  }

  dispose(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #resized(columns: number, rows: number): void {
    if (!this.#parts.mayType()) return;
    this.#parts.terminals.size = { columns, rows };
    this.#tellSize();
  }

  #tellSize(): void {
    const { cols, rows } = this.#xterm.terminal;
    if (this.#parts.mayType()) this.#parts.connection.resize(this.#id, cols, rows);
  }

  /** Xterm tells of no scrolling by hand: it draws then. */
  #tellScrolled(): void {
    const { viewportY, baseY } = this.#xterm.terminal.buffer.active;
    const part = baseY === 0 ? 1 : Math.round((viewportY / baseY) * 10_000) / 10_000;
    if (part === this.#part) return;
    this.#part = part;
    this.#parts.together.move({ scrolled: { what: "terminal", part } });
  }

  /** To the lines that whom this page follows looks at in this terminal. */
  #goAlong(): void {
    const { scrolled, terminal } = this.#parts.together.followedPlace ?? {};
    if (terminal !== this.#id || scrolled?.what !== "terminal" || scrolled.part === this.#theirs) return;
    this.#theirs = scrolled.part;
    this.#xterm.terminal.scrollToLine(Math.round(scrolled.part * this.#xterm.terminal.buffer.active.baseY));
  }

  #writersChanged(): void {
    const { together } = this.#parts;
    this.fit();
    const has = together.writerOf(this.#id)?.writer === together.member;
    if (has && !this.#had) this.#tellSize();
    this.#had = has;
  }
}
