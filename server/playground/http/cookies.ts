export type CookiePair = [name: string, value: string];

/** The pairs of a Cookie header (RFC 6265, 5.4), in their order; values as sent. */
export function readCookies(header: string | undefined): CookiePair[] {
  return (header ?? "").split(";").flatMap((pair): CookiePair[] => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]];
  });
}

export interface CookieOptions {
  /** seconds */
  maxAge: number;
  httpOnly: boolean;
  sameSite: "Lax" | "Strict";
  secure: boolean;
}

/** A Set-Cookie value for the whole origin. `value` must be free of `;` and blanks. */
export function serializeCookie(name: string, value: string, options: CookieOptions): string {
  const flags = [`Max-Age=${options.maxAge}`, "Path=/", `SameSite=${options.sameSite}`];
  if (options.httpOnly) flags.push("HttpOnly");
  if (options.secure) flags.push("Secure");
  return [`${name}=${value}`, ...flags].join("; ");
}
