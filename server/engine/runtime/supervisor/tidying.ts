import { messageOf } from "../../errdefs/errors.ts";

/** What is put off waits until nothing has been started for this long. Milliseconds. */
const quiet = 150;
/** More than this is not put off. */
const most = 24;

/**
 * What runtimes keep of containers that have ended, to be deleted when nothing else is to do: deleting takes as long as
 * half a start. Nobody waits for it but the next start of the same container.
 */
export class Tidying {
  readonly #work = new Map<string, () => Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  add(id: string, work: () => Promise<void>): void {
    this.#work.set(id, work);
    if (this.#work.size > most) void this.#next();
    else this.#timer ??= setTimeout(() => this.#wake(), quiet);
  }

  /** A start is under way. */
  postpone(): void {
    this.#timer?.refresh();
  }

  /** Resolves when nothing is left of the container. */
  async done(id: string): Promise<void> {
    await (this.#work.has(id) ? this.#do(id) : this.#running.get(id));
  }

  async finish(): Promise<void> {
    while (this.#work.size > 0) await this.#next();
    await Promise.all(this.#running.values());
  }

  #wake(): void {
    this.#timer = undefined;
    void this.#next().then(() => {
      if (this.#work.size > 0) this.#timer ??= setTimeout(() => this.#wake(), 1);
    });
  }

  async #next(): Promise<void> {
    const [id] = this.#work.keys();
    if (id !== undefined) await this.#do(id);
  }

  async #do(id: string): Promise<void> {
    const work = this.#work.get(id);
    this.#work.delete(id);
    const running = work?.().catch((error: unknown) => {
      // drydockd deletes what it finds left, when the id is used again or when it clears the machine.
      process.stderr.write(`deleting the container ${id}: ${messageOf(error)}\n`);
    });
    if (running === undefined) return;
    this.#running.set(id, running);
    await running;
    this.#running.delete(id);
  }
}
