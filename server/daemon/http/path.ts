import { posix } from "node:path";

/** A request's target (RFC 9112, section 3.2) in two, as it came: a URL object would take `..` and `//` away. */
export function splitTarget(target: string): { pathname: string; search: string } {
  const path = target.startsWith("/") ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, "");
  const [pathname = "", ...search] = path.split("?");
  return { pathname: pathname === "" ? "/" : pathname, search: search.length === 0 ? "" : `?${search.join("?")}` };
}

/**
 * A path without `//`, `.` and `..`, as dockerd's router (gorilla/mux) sends clients to it.
 * @param path as it came, escaped
 * @returns undefined for a path that is clean, or that has wrong escapes
 */
export function cleanPath(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // The router says what is wrong with it.
    return undefined;
  }
  const clean = posix.normalize(decoded);
  return clean === decoded ? undefined : encodeURI(clean);
}
