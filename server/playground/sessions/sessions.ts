import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readCookies, serializeCookie } from "../http/cookies.ts";
import { frameHeader } from "../../contract/sharing.ts";
import { Problem } from "../http/problem.ts";
import type { Signer } from "./signer.ts";

const year = 365 * 24 * 3600;

/** Ids of sessions in frames begin so: what a cookie holds is no token, nor the other way round. */
const framed = "frame:";
const header = frameHeader.toLowerCase();

/**
 * Who a browser is: a random id in a signed HttpOnly cookie. No login; whoever has the cookie has the workspaces.
 *
 * A snippet in another site's frame has a session of its own, made when its reader presses Run: a signed token that the
 * frame's page sends in a header, and on the socket. Browsers keep no cookies of frames, and those of the reader's own
 * visits must not count there: the site around the frame could have them clicked on.
 */
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

  /** A session for one frame, and the token that stands for it. */
  makeFramed(): { id: string; token: string } {
    const id = `${framed}${randomBytes(18).toString("base64url")}`;
    return { id, token: this.#signer.sign(id) };
  }

  /** The session of a frame's token; undefined when it is none of ours. */
  readToken(token: string): string | undefined {
    const id = this.#signer.verify(token);
    return id?.startsWith(framed) === true ? id : undefined;
  }

  /**
   * The session's id; undefined without a cookie of ours, or with those of several sessions (a neighbouring origin has
   * added one). A request with a frame's token is that frame's alone, whatever cookies come with it.
   */
  read(request: IncomingMessage): string | undefined {
    const token = request.headers[header];
    if (token !== undefined) return this.readToken(String(token));
    const [id, ...others] = this.#signed(request);
    return others.length > 0 ? undefined : id;
  }

  /** Sessions of the request's cookies. Names do not tell ports of a host apart: what others have set there is not signed. */
  #signed(request: IncomingMessage): string[] {
    const ids = readCookies(request.headers.cookie).flatMap(([name, value]) => {
      const id = name === this.cookieName ? this.#signer.verify(value) : undefined;
      return id === undefined || id.startsWith(framed) ? [] : [id];
    });
    return [...new Set(ids)];
  }

  /**
   * Reads it, or makes a new one and sets the cookie on the answer.
   * @throws Problem where there are several: a new one would take the place of the visitor's own
   */
  ensure(request: IncomingMessage, response: ServerResponse): string {
    if (request.headers[header] === undefined && this.#signed(request).length > 1) {
      throw new Problem(
        409,
        `Another page on this host has given your browser a second session: delete the cookie "${this.cookieName}" whose path is not / in the browser's settings for this site, then come again.`,
      );
    }
    const known = this.read(request);
    if (known?.startsWith(framed) === true) return known;
    const id = known ?? randomBytes(18).toString("base64url");
    // Set again even if known: so it lives a year from the last visit.
    const value = this.#signer.sign(id);
    const options = { maxAge: year, httpOnly: true, sameSite: "Lax", secure: this.#secure } as const;
    response.appendHeader("set-cookie", serializeCookie(this.cookieName, value, options));
    return id;
  }
}
