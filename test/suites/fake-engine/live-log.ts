import type { ServerResponse } from "node:http";

/** An append-only list that any number of readers follow from any place. */
export class LiveLog<Item> {
  readonly items: Item[] = [];
  #ended = false;
  #wake = Promise.withResolvers<void>();

  append(item: Item): void {
    this.items.push(item);
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Writes every item from `from` on, waiting for a slow reader, until the end or the reader's leaving. */
  async follow(response: ServerResponse, from: number, encode: (item: Item) => string | Uint8Array): Promise<void> {
    response.flushHeaders();
    const closed = new Promise((resolve) => response.once("close", resolve));
    for (let next = from; !response.destroyed;) {
      if (next < this.items.length) {
        const more = response.write(encode(this.items[next++] as Item));
        if (!more) await Promise.race([new Promise((resolve) => response.once("drain", resolve)), closed]);
      } else if (this.#ended) break;
      else await Promise.race([this.#wake.promise, closed]);
    }
    response.end();
  }

  #notify(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}

export const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
