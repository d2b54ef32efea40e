import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readCookies, serializeCookie } from "../http/cookies.ts";
import type { Signer } from "./signer.ts";

const year = 365 * 24 * 3600;

/** Who a browser is: a random id in a signed HttpOnly cookie. No login; whoever has the cookie has the workspaces. */
export class Sessions {
  readonly #signer: Signer;
  readonly #secure: boolean;

  /** `secure`: the page is served over TLS (by a proxy in front). */
  constructor(signer: Signer, secure: boolean) {
    this.#signer = signer;
    this.#secure = secure;
  }

  get cookieName(): string {
    return this.#secure ? "__Host-drydock" : "drydock";
  }

  /** The session's id; undefined without a cookie of ours, or with several (another site's origin added one). */
  read(request: IncomingMessage): string | undefined {
    const values = readCookies(request.headers.cookie).filter(([name]) => name === this.cookieName);
    return values.length === 1 && values[0] ? this.#signer.verify(values[0][1]) : undefined;
  }

  /** Reads it, or makes a new one and sets the cookie on the answer. */
  ensure(request: IncomingMessage, response: ServerResponse): string {
    const known = this.read(request);
    const id = known ?? randomBytes(18).toString("base64url");
    // Set again even if known: so it lives a year from the last visit.
    const value = this.#signer.sign(id);
    const options = { maxAge: year, httpOnly: true, sameSite: "Lax", secure: this.#secure } as const;
    response.appendHeader("set-cookie", serializeCookie(this.cookieName, value, options));
    return id;
  }
}
