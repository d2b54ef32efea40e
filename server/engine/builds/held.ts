import { messageOf } from "../errdefs/errors.ts";

/** Something that is disposed of once, when it is asked for and nobody holds it any more. */
export class Held {
  readonly #dispose: () => Promise<void>;
  #holders = 0;
  #asked = false;
  #disposed: Promise<void> | undefined;

  constructor(dispose: () => Promise<void>) {
    this.#dispose = dispose;
  }

  /** @returns what lets go of it; more than one call is one */
  hold(): () => void {
    this.#holders++;
    let holding = true;
    return () => {
      if (holding) {
        holding = false;
        this.#holders--;
        this.#check()?.catch((error: unknown) => {
          process.emitWarning(`a build's context could not be removed: ${messageOf(error)}`);
        });
      }
    };
  }

  /** Resolves when it is gone, or at once while somebody holds it. */
  async dispose(): Promise<void> {
    this.#asked = true;
    await this.#check();
  }

  #check(): Promise<void> | undefined {
    if (this.#asked && this.#holders === 0) {
      this.#disposed ??= this.#dispose();
    }
    return this.#disposed;
  }
}
