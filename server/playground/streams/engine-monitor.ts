import type { EngineStatus } from "../../contract/extension-api.ts";
import type { EngineClient } from "../client/engine-client.ts";

/** Asks the engine once a second whether it is there, and tells of every change. */
export class EngineMonitor {
  readonly #engine: EngineClient;
  readonly #listeners = new Set<(up: boolean) => void>();
  #status: EngineStatus | undefined;
  #up = false;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  get up(): boolean {
    return this.#up;
  }

  /** The latest answer, also while the engine is away. */
  get status(): EngineStatus | undefined {
    return this.#status;
  }

  /** Returns a function that ends the subscription. */
  onChange(listener: (up: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks once now, then every second until `signal` is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#look();
    const timer = setInterval(() => void this.#look(), 1000);
    timer.unref();
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  async #look(): Promise<void> {
    let up = true;
    try {
      this.#status = await this.#engine.status(AbortSignal.timeout(5000));
    } catch {
      up = false;
    }
    if (up === this.#up) return;
    this.#up = up;
    for (const listener of this.#listeners) listener(up);
  }
}
