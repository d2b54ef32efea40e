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

  constructor(id: string, xterm: XtermParts, element: HTMLElement, parts: SharedTerminalParts) {
    this.#id = id;
    this.#xterm = xterm;
    this.#element = element;
    this.#parts = parts;
    const { connection, together } = parts;
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(element);
    const resized = xterm.terminal.onResize(({ cols, rows }) => this.#resized(cols, rows));
    this.#stops = [
      together.writers.subscribe(() => this.#writersChanged()),
      connection.state.subscribe(() => connection.state.value.connected && this.#tellSize()),
      () => observer.disconnect(),
      () => resized.dispose(),
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

  #writersChanged(): void {
    const { together } = this.#parts;
    this.fit();
    const has = together.writerOf(this.#id)?.writer === together.member;
    if (has && !this.#had) this.#tellSize();
    this.#had = has;
  }
}
