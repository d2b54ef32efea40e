/** Writes what a build says, in order, without making the builder wait for the client. */
export class OrderedOutput {
  readonly #write: (line: unknown) => Promise<void>;
  readonly #onBroken: (error: unknown) => void;
  /** quiet: kept until it is clear that the build fails */
  #kept: object[] | undefined;
  #begun = false;
  #written: Promise<void> = Promise.resolve();

  constructor(
    write: (line: unknown) => Promise<void>,
    { quiet, onBroken }: { quiet: boolean; onBroken: (error: unknown) => void },
  ) {
    this.#write = write;
    this.#kept = quiet ? [] : undefined;
    this.#onBroken = onBroken;
  }

  put(lines: readonly object[]): void {
    if (this.#kept !== undefined) {
      this.#kept.push(...lines);
      return;
    }
    for (const line of lines) {
      this.#begun = true;
      this.#written = this.#written.then(() => this.#write(line)).catch(this.#onBroken);
    }
  }

  flush(): Promise<void> {
    return this.#written;
  }

  /** Writes what was kept. False if nothing was said at all. */
  async fail(): Promise<boolean> {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    this.put(kept);
    await this.#written;
    return this.#begun;
  }
}
