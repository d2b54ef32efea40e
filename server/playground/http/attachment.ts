import type { ServerResponse } from "node:http";

/**
 * A learner's file is never a page on our origin: it is kept, or read by our own page.
 * @param name of the file it is kept as; bytes of it that are not UTF-8 are replaced (RFC 6266; RFC 8187, 3.2)
 */
export function attach(response: ServerResponse, type: string, name?: string): void {
  response.setHeader("content-type", type);
  response.setHeader("content-security-policy", "default-src 'none'; sandbox");
  response.setHeader("cache-control", "no-store");
  if (name === undefined) return;
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, percentOf);
  response.setHeader("content-disposition", `attachment; filename*=UTF-8''${encoded}`);
}

function percentOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
