import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Changes with the names and the contents of the files, not with where the directory is. */
export function fingerprintOf(directory: string, paths: string[], ...more: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) {
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(directory, path)))
      .update("\0");
  }
  for (const text of more) hash.update(text).update("\0");
  return hash.digest("hex");
}
