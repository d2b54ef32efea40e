import path from "node:path";
import { InvalidArgument } from "../errdefs/errors.ts";
import type { SafeRoot } from "./safe-path.ts";

/** As many as the kernel follows (path_resolution(7)). */
const maxLinks = 40;

/**
 * `destination` with all links on the way and at its end resolved within the root, as an absolute path. What does not
 * exist stays as it is named: a link that dangles says where a file is to be made. In small steps: a path has up to 2,000
 * names, and so has each of the links in it.
 * @throws InvalidArgument for links that lead in a circle
 * @param isOwn false: what is there when it is used is not the root's, so its links do not count
 */
export function* destinationPieces(
  root: SafeRoot,
  destination: string,
  isOwn: (path: string) => boolean = () => true,
): Generator<undefined, string> {
  const left = names(destination);
  let at = "/";
  let links = 0;
  /** is not there, and so nothing beneath it is */
  let absent: string | undefined;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === "..") {
      at = path.posix.dirname(at);
      if (at.length < (absent?.length ?? 0)) absent = undefined;
      continue;
    }
    const next = at === "/" ? `/${name}` : `${at}/${name}`;
    if (absent !== undefined || !isOwn(next)) {
      at = next;
      continue;
    }
    yield undefined;
    const exists = root.exists(next);
    if (!exists) absent = next;
    if (!exists || root.lstat(next).kind !== "symlink") {
      at = next;
      continue;
    }
    if (++links > maxLinks) {
      throw new InvalidArgument(`${destination} cannot be made: too many levels of symbolic links in the image`);
    }
    const target = root.readLink(next);
    left.unshift(...names(target));
    at = target.startsWith("/") ? "/" : at;
  }
  return at;
}

function names(text: string): string[] {
  return text.split("/").filter((name) => name !== "" && name !== ".");
}
