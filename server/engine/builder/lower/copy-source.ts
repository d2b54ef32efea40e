import { isGitAddress } from "../git/git-address.ts";
import { withoutEnd } from "../without-end.ts";
import type { Place } from "./place.ts";

/** A source of COPY or ADD: files, a download, or a Git repository. */
export type SourceKind = "files" | "url" | "git";

/** As the reference tells them apart (ADD): `https://host/repo.git` is a repository, any other URL a download. */
export function sourceKind(source: string): SourceKind {
  if (isGitAddress(source)) {
    return "git";
  }
  return /^https?:\/\//.test(source) ? "url" : "files";
}

/**
 * COPY takes files only, and `--checksum` is for one thing from elsewhere.
 * @throws BuildError
 */
export function checkSources(
  keyword: "COPY" | "ADD",
  sources: readonly string[],
  checksum: string | undefined,
  place: Place,
): void {
  if (checksum !== undefined && checksum !== "") {
    const [source, ...more] = sources;
    if (source === undefined || more.length > 0) {
      throw place.fail("checksum can't be specified for multiple sources", { hint: "use one ADD for each" });
    }
    if (sourceKind(source) === "files") {
      throw place.fail("checksum requires HTTP(S) or Git sources", { hint: "leave --checksum out for files" });
    }
    const wrong = sourceKind(source) === "url" ? wrongDigest(checksum) : undefined;
    if (wrong !== undefined) {
      throw place.fail(wrong, { hint: "write --checksum=sha256: and 64 hexadecimal digits, as sha256sum prints them" });
    }
  }
  for (const source of keyword === "COPY" ? sources : []) {
    const kind = sourceKind(source);
    if (kind !== "files") {
      throw place.fail(`source can't be a ${kind === "git" ? "git ref" : "URL"} for COPY`, {
        hint: `write ADD ${source}`,
      });
    }
  }
}

/** What is wrong with a digest, in the words of go-digest. */
function wrongDigest(text: string): string | undefined {
  const [, algorithm = "", hex = ""] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/.exec(text) ?? [];
  const length = { sha256: 64, sha384: 96, sha512: 128 }[algorithm];
  if (hex === "") {
    return "invalid checksum digest format";
  }
  if (length === undefined) {
    return "unsupported digest algorithm";
  }
  if (hex.length !== length) {
    return "invalid checksum digest length";
  }
  return /^[0-9a-f]+$/.test(hex) ? undefined : "invalid checksum digest format";
}

/** The name that a download gets in a directory. */
export function downloadName(url: string): string {
  const path = /^https?:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
  const name = withoutEnd(path, "/").split("/").at(-1) ?? "";
  if (name === "" || name === ".") {
    return "__unnamed__";
  }
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
