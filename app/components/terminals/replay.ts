/**
 * Tells what a terminal's program said long ago from what it says now. A terminal answers queries in what it shows
 * (where is the cursor, what are the colours) as if keys had been pressed; in old output they were answered when it was
 * new, and the program that asked may be gone: an answer now would be typed into whatever reads the keyboard.
 */
export class Replay {
  /** bytes from the stream's first one on that are old */
  readonly #until: number;
  #over: boolean;

  constructor(until: number) {
    this.#until = until;
    this.#over = until === 0;
  }

  /** Whether what the terminal sends may go to the program. */
  get over(): boolean {
    return this.#over;
  }

  /** The old part of a payload and the new one; `start` is the offset of its first byte. */
  split(data: Uint8Array, start: number): { old: Uint8Array; fresh: Uint8Array } {
    const length = this.#over ? 0 : Math.min(Math.max(this.#until - start, 0), data.length);
    return { old: data.subarray(0, length), fresh: data.subarray(length) };
  }

  /** The terminal has digested everything up to this offset. */
  digested(offset: number): void {
    if (offset >= this.#until) this.#over = true;
  }
}
