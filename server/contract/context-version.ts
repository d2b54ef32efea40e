import type { FileEntry } from "./extension-api.ts";

/**
 * One short text for all files of a build's context, other as soon as one of them is: the engine keeps it with a build,
 * and the page compares it with the files as they are now. No proof against a forger, who would only deceive himself.
 */
export function contextVersion(
  entries: readonly Pick<FileEntry, "path" | "kind" | "version">[],
  contextPath: string,
): string {
  const inside = contextPath === "" ? "" : `${contextPath}/`;
  // A directory's own version is other after every save in it, whatever became of the save.
  const parts = entries
    .filter(({ path }) => path.startsWith(inside))
    .map(({ path, kind, version }) => `${path}\0${kind === "directory" ? kind : version}`);
  return hash(parts.toSorted().join("\n"));
}

/** Two multiplicative hashes of 32 bits, as 16 hexadecimal digits: pages without TLS have no crypto.subtle. */
function hash(text: string): string {
  let one = 0x9e37_79b1;
  let two = 0x85eb_ca6b;
  for (let index = 0; index < text.length; index++) {
    // oxlint-disable-next-line unicorn/prefer-code-point -- units, not characters: the order is all that counts
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 2_654_435_761);
    two = Math.imul(two ^ unit, 1_597_334_677);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  return [one, two].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
