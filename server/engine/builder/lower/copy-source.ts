import { isGitAddress } from "../git/git-address.ts";
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
    if (
      sourceKind(source) === "url" &&
      !/^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(checksum)
    ) {
      throw place.fail(`invalid checksum digest format: ${checksum}`, {
        hint: "write --checksum=sha256: and 64 hexadecimal digits, as sha256sum prints them",
      });
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

/** The name that a download gets in a directory. */
export function downloadName(url: string): string {
  const path = /^https?:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  if (name === "" || name === ".") {
    return "__unnamed__";
  }
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
