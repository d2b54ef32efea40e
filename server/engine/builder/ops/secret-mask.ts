/** Shorter values would take ordinary text out of the output too. Bytes. */
const shortest = 4;
const shown = "***";

/**
 * Takes secrets out of a stream of output, whatever pieces it comes in. A secret of several lines is found line by line.
 * What may be the beginning of one is held back until it is clear.
 */
export class SecretMask {
  readonly #secrets: string[];
  #held = "";

  constructor(secrets: readonly Uint8Array[]) {
    const lines = secrets.flatMap((secret) => Buffer.from(secret).toString("latin1").split(/\r?\n/));
    const long = lines.map((line) => line.trim()).filter((line) => line.length >= shortest);
    // the longest first: one may be a part of another
    this.#secrets = [...new Set(long)].toSorted((a, b) => b.length - a.length);
  }

  /** What can be told by now. */
  push(chunk: Uint8Array): Buffer {
    if (this.#secrets.length === 0) {
      return Buffer.from(chunk);
    }
    const text = this.#replace(this.#held + Buffer.from(chunk).toString("latin1"));
    const from = this.#beginning(text);
    this.#held = text.slice(from);
    return Buffer.from(text.slice(0, from), "latin1");
  }

  /** What was held back. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = "";
    return Buffer.from(rest, "latin1");
  }

  #replace(text: string): string {
    return this.#secrets.reduce((result, secret) => result.replaceAll(secret, shown), text);
  }

  /** Where the text's end may be the beginning of a secret. */
  #beginning(text: string): number {
    let first = text.length;
    for (const secret of this.#secrets) {
      const start = Math.max(0, text.length - secret.length + 1);
      for (let at = text.indexOf(secret.charAt(0), start); at >= 0 && at < first;) {
        if (secret.startsWith(text.slice(at))) {
          first = at;
        } else {
          at = text.indexOf(secret.charAt(0), at + 1);
        }
      }
    }
    return first;
  }
}
