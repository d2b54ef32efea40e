import type { Signer } from "../sessions/signer.ts";

/** The right of one browser to see one port of one container. */
export interface PreviewGrant {
  workspace: string;
  session: string;
  /** 64 hex digits */
  container: string;
  port: number;
  /** our own port on which this browser sees it, when previews have no names of their own */
  slot?: number;
}

/** How long the link that Open makes can be used, ms. */
const handover = 60_000;
/** How long a preview stays open without Open, ms. */
const lasting = 12 * 3_600_000;

/** Signed grants: `token` is handed over once in a URL, `cookie` is kept by the preview's origin. */
export class PreviewGrants {
  readonly #tokens: Signer;
  readonly #cookies: Signer;

  constructor(tokens: Signer, cookies: Signer) {
    this.#tokens = tokens;
    this.#cookies = cookies;
  }

  token(grant: PreviewGrant): string {
    return this.#tokens.sign(encode(grant, Date.now() + handover));
  }

  cookie(grant: PreviewGrant): string {
    return this.#cookies.sign(encode(grant, Date.now() + lasting));
  }

  fromToken(token: string): PreviewGrant | undefined {
    return decode(this.#tokens.verify(token))?.grant;
  }

  fromCookie(cookie: string): PreviewGrant | undefined {
    return this.dated(cookie)?.grant;
  }

  /** As `fromCookie`, with the time of its end, ms since the epoch. */
  dated(cookie: string): { grant: PreviewGrant; expires: number } | undefined {
    return decode(this.#cookies.verify(cookie));
  }
}

function encode({ workspace, session, container, port, slot }: PreviewGrant, expires: number): string {
  return [workspace, session, container, port, expires, slot ?? ""].join("~");
}

function decode(text: string | undefined): { grant: PreviewGrant; expires: number } | undefined {
  const [workspace, session, container, port, expires, slot] = text?.split("~") ?? [];
  if (!workspace || !session || !container || !(Number(expires) > Date.now())) return undefined;
  const grant = { workspace, session, container, port: Number(port), ...(slot ? { slot: Number(slot) } : {}) };
  return { grant, expires: Number(expires) };
}
