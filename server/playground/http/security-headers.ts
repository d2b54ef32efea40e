import type { ServerResponse } from "node:http";

/** Headers of every answer of the page's origin. */
export function setSecurityHeaders(response: ServerResponse, tls: boolean): void {
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
  if (tls) response.setHeader("strict-transport-security", "max-age=31536000");
}

/**
 * The page's policy: nothing from another host, no script without the nonce. Monaco and xterm set style attributes,
 * and make style elements, which get the nonce (`app/components/ui/style-nonce.tsx`).
 */
export function contentSecurityPolicy(nonce: string, options: { dev: boolean; host: string }): string {
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
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
