import { InvalidArgument } from "../../engine/errdefs/errors.ts";

const controlNames: Record<string, number> = { "@": 0, "[": 27, "\\": 28, "]": 29, "^": 30, _: 31 };

/** Watches what a client types for the keys that detach it; they may come in several chunks. */
export class DetachKeys {
  readonly #keys: Buffer;
  #matched = 0;

  /**
   * @param text `ctrl-p,ctrl-q`, `ctrl-a,d`, ... ; the default if undefined
   * @throws InvalidArgument
   */
  constructor(text: string | undefined) {
    this.#keys = Buffer.from((text ?? "ctrl-p,ctrl-q").split(",").map((key) => keyCode(key, text ?? "")));
  }

  /** What goes on to the program, and whether the client has now detached. Half-typed keys are held back. */
  feed(chunk: Uint8Array): { pass: Buffer; detached: boolean } {
    const pass: number[] = [];
    for (const byte of chunk) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) {
          this.#matched = 0;
          return { pass: Buffer.from(pass), detached: true };
        }
        continue;
      }
      pass.push(...this.#keys.subarray(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) {
        pass.push(byte);
      } else if (this.#keys.length === 1) {
        this.#matched = 0;
        return { pass: Buffer.from(pass), detached: true };
      }
    }
    return { pass: Buffer.from(pass), detached: false };
  }
}

function keyCode(key: string, all: string): number {
  if (key.length === 1) {
    return key.charCodeAt(0);
  }
  const name = /^ctrl-(.)$/.exec(key)?.[1];
  if (name !== undefined && /[a-z]/.test(name)) {
    return name.charCodeAt(0) - 96;
  }
  const code = name === undefined ? undefined : controlNames[name];
  if (code === undefined) {
    throw new InvalidArgument(`Invalid detach keys (${all}) provided`);
  }
  return code;
}
