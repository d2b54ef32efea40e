import { HttpError } from "./http-status.ts";

/** Two files of the largest that are saved as a whole; bytes. */
const mostHeld = 64 * 1024 * 1024;

/** What the bodies of one tenant's requests that are being read hold together. */
export class HeldBytes {
  #bytes = 0;

  /** @throws HttpError 429: no more are held */
  take(bytes: number): void {
    if (this.#bytes + bytes > mostHeld) {
      throw new HttpError(
        429,
        `requests whose bodies have not come whole hold ${mostHeld} bytes together, and no more are kept: send one after the other`,
        { "Retry-After": "1" },
      );
    }
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
