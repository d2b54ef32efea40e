const signs = ["focusin", "keydown", "beforeinput", "paste", "compositionstart", "pointerdown", "drop"] as const;

/**
 * Which of the tabs that show one terminal speaks to its program: the one its learner last opened or touched. Each of them
 * would answer the program's queries by itself otherwise, and the second answer would be read as if it had been typed.
 */
export class Speaker {
  readonly #channel: BroadcastChannel;
  readonly #host: HTMLElement;
  #speaks = true;

  constructor(terminal: string, host: HTMLElement) {
    this.#host = host;
    this.#channel = new BroadcastChannel(`terminal-${terminal}`);
    this.#channel.addEventListener("message", () => (this.#speaks = false));
    this.#tell();
    for (const sign of signs) host.addEventListener(sign, this.#claim, { capture: true });
    window.addEventListener("focus", this.#claim);
  }

  get speaks(): boolean {
    return this.#speaks;
  }

  readonly #claim = (): void => {
    if (this.#speaks) return;
    this.#speaks = true;
    this.#tell();
  };

  #tell(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has one origin only
    this.#channel.postMessage("mine");
  }

  dispose(): void {
    this.#channel.close();
    for (const sign of signs) this.#host.removeEventListener(sign, this.#claim, { capture: true });
    window.removeEventListener("focus", this.#claim);
  }
}
