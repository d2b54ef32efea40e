import { messages } from "../../lib/messages.ts";
import type { Notices } from "./notices.tsx";

/** How long what was asked for waits for who takes it back, ms. */
export const grace = 8000;

interface Waiting {
  carryOut: () => Promise<void>;
  timer: ReturnType<typeof setTimeout>;
  notice: number;
}

interface Asked {
  /** of the notice that offers to take it back */
  text: string;
  carryOut: () => Promise<void>;
  undo: () => void;
}

/**
 * What was asked for on this page and cannot be brought back once it is done. So it is carried out a little later, and at
 * once when what this learner does next may need the room that it makes. A page that is closed before carries nothing out:
 * of the two mistakes it could make that one loses nothing, and a browser that ends is not sure to send anything.
 */
export class PutOff {
  readonly #waiting = new Map<string, Waiting>();
  readonly #notices: Pick<Notices, "show" | "dismiss">;

  constructor(notices: Pick<Notices, "show" | "dismiss">) {
    this.#notices = notices;
  }

  ask(id: string, { text, carryOut, undo }: Asked): void {
    const act = (): void => {
      if (this.drop(id)) undo();
    };
    this.#waiting.set(id, {
      carryOut,
      timer: setTimeout(() => void this.#carryOut(id), grace),
      notice: this.#notices.show("note", text, { label: messages.actions.undo, act }),
    });
  }

  /** It is not carried out. False: it does not wait (any more). */
  drop(id: string): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    this.#notices.dismiss(waiting.notice);
    return true;
  }

  /** Carries out what waits: resolved when it is done. */
  async settle(): Promise<void> {
    await Promise.all([...this.#waiting.keys()].map((id) => this.#carryOut(id)));
  }

  async #carryOut(id: string): Promise<void> {
    const carryOut = this.#waiting.get(id)?.carryOut;
    if (this.drop(id)) await carryOut?.();
  }
}
