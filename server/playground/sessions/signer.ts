import { createHmac, timingSafeEqual } from "node:crypto";

/** Signs short texts for one purpose: what was signed for another purpose is not accepted. */
export class Signer {
  readonly #secret: Buffer;
  readonly #purpose: string;

  constructor(secret: Buffer, purpose: string) {
    this.#secret = secret;
    this.#purpose = purpose;
  }

  sign(text: string): string {
    return `${text}.${this.#mac(text)}`;
  }

  /** The text, or undefined when the signature is not ours. */
  verify(signed: string): string | undefined {
    const dot = signed.lastIndexOf(".");
    if (dot < 0) return undefined;
    const text = signed.slice(0, dot);
    const given = Buffer.from(signed.slice(dot + 1));
    const expected = Buffer.from(this.#mac(text));
    return given.length === expected.length && timingSafeEqual(given, expected) ? text : undefined;
  }

  #mac(text: string): string {
    return createHmac("sha256", this.#secret).update(`${this.#purpose}\0${text}`).digest("base64url");
  }
}
