import type { ServerResponse } from "node:http";

/**
 * Whose an address is: our page's own; a frame's in other sites; one of ours that has such a frame in it; a script or
 * picture that other sites show.
 */
export type PageUse = "own" | "framed" | "framing" | "shown";

/** What pages that embed a snippet load from here. */
const embedScripts: ReadonlySet<string> = new Set(["/embed.js", "/embed-api.js", "/embed-api.d.ts"]);

export function useOf(path: string): PageUse {
  if (path.startsWith("/embed/")) return "framed";
  if (path === "/embedding") return "framing";
  return embedScripts.has(path) || /^\/s\/[A-Za-z0-9]+\/preview\.png$/.test(path) ? "shown" : "own";
}

/** Headers of every answer of the page's origin. */
export function setSecurityHeaders(response: ServerResponse, tls: boolean, use: PageUse = "own"): void {
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  // Of what may be framed the content security policy says by whom.
  if (use !== "framed") response.setHeader("x-frame-options", "DENY");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader(
    "cross-origin-resource-policy",
    use === "framed" || use === "shown" ? "cross-origin" : "same-origin",
  );
  // A module is loaded from another site with its leave alone.
  if (use === "shown") response.setHeader("access-control-allow-origin", "*");
  response.setHeader("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
  if (tls) response.setHeader("strict-transport-security", "max-age=31536000");
}

/**
 * The page's policy: nothing from another host, no script without the nonce. Monaco and xterm set style attributes,
 * and make style elements, which get the nonce (`app/components/ui/style-nonce.tsx`).
 */
export function contentSecurityPolicy(
  nonce: string,
  options: {
    dev: boolean;
    host: string;
    /** sites that may frame it */
    ancestors?: readonly string[];
    /** whether it may have pages of ours in frames */
    frames?: boolean;
  },
): string {
  // Safari reads 'self' without the scheme of sockets.
  const sockets = options.host === "" ? "" : ` ws://${options.host} wss://${options.host}`;
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${options.dev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `connect-src 'self'${sockets}`,
    "worker-src 'self' blob:",
    ...(options.frames === true ? ["frame-src 'self'"] : []),
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${options.ancestors === undefined || options.ancestors.length === 0 ? "'none'" : options.ancestors.join(" ")}`,
  ].join("; ");
}
