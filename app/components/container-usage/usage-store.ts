import type { ContainerStats } from "#contract/container-views.ts";
import type { Connection } from "../../lib/connection.ts";
import { Store } from "../../lib/store.ts";

/** Samples that are kept: about two minutes. */
export const historyLength = 120;
/** ms: a history that nobody has looked at for so long has a gap as long as itself */
const kept = historyLength * 1000;

interface Measured {
  history: Store<readonly ContainerStats[]>;
  stop: (() => void) | undefined;
  forget: ReturnType<typeof setTimeout> | undefined;
}

/** What was measured of containers that somebody looks at, or did a moment ago. */
export class UsageStore {
  readonly #connection: Pick<Connection, "follow">;
  readonly #measured = new Map<string, Measured>();

  constructor(connection: Pick<Connection, "follow">) {
    this.#connection = connection;
  }

  /** Oldest first. */
  history(container: string): Store<readonly ContainerStats[]> {
    return this.#of(container).history;
  }

  /** Measures until the returned function is called, and for a while after it. */
  watch(container: string): () => void {
    const measured = this.#of(container);
    clearTimeout(measured.forget);
    measured.stop ??= this.#connection.follow(
      { kind: "stats", container, position: 0 },
      { onData: (samples) => measured.history.update((before) => [...before, ...samples].slice(-historyLength)) },
    );
    return () => {
      measured.forget = setTimeout(() => this.#forget(container), kept);
    };
  }

  /** It does not run: there is nothing to measure, and what was is not what will be. */
  end(container: string): void {
    const measured = this.#measured.get(container);
    measured?.stop?.();
    if (measured !== undefined) measured.stop = undefined;
  }

  stop(): void {
    for (const container of this.#measured.keys()) this.#forget(container);
  }

  #of(container: string): Measured {
    const known = this.#measured.get(container);
    if (known !== undefined) return known;
    const measured: Measured = {
      history: new Store<readonly ContainerStats[]>([]),
      stop: undefined,
      forget: undefined,
    };
    this.#measured.set(container, measured);
    return measured;
  }

  #forget(container: string): void {
    clearTimeout(this.#measured.get(container)?.forget);
    this.end(container);
    this.#measured.delete(container);
  }
}
