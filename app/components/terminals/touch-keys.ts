import { Store } from "../../lib/store.ts";

/** Keys that a phone's keyboard has not; `letter` of arrows: what ends their sequence. */
export const touchKeys = [
  { name: "escape", sends: "\u001B" },
  { name: "tab", sends: "\t" },
  { name: "left", sign: "←", letter: "D" },
  { name: "up", sign: "↑", letter: "A" },
  { name: "down", sign: "↓", letter: "B" },
  { name: "right", sign: "→", letter: "C" },
] as const;
export type TouchKey = (typeof touchKeys)[number];

/** What is typed by those keys, as xterm sends it of a keyboard that has them. */
export class TouchKeys {
  /** the next key is pressed with Ctrl */
  readonly ctrl = new Store(false);

  /** @param isApplication the program has asked for the application's cursor keys (DECCKM) */
  press(key: TouchKey, isApplication: boolean): string {
    const ctrl = this.#take();
    if ("sends" in key) return key.sends;
    if (ctrl) return `\u001B[1;5${key.letter}`;
    return `\u001B${isApplication ? "O" : "["}${key.letter}`;
  }

  /** What goes to the program of what was typed on the phone's own keyboard. */
  typed(data: string): string {
    // What the terminal answers a program by itself is nobody's key.
    if (data.startsWith("\u001B")) return data;
    const ctrl = this.#take();
    return ctrl && data.length === 1 ? control(data) : data;
  }

  #take(): boolean {
    const was = this.ctrl.value;
    this.ctrl.set(false);
    return was;
  }
}

/** Ctrl with a key: `c` is 0x03, `[` is Esc, a space is NUL; others stay. */
function control(key: string): string {
  const code = key.toUpperCase().codePointAt(0) ?? 0;
  if (key === " ") return "\0";
  if (key === "?") return "\u007F";
  return code >= 0x40 && code <= 0x5f ? String.fromCodePoint(code & 0x1f) : key;
}
