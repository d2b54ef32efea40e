import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Changes with the names and the contents of the files. */
export function fingerprintOf(paths: string[], ...more: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) {
    hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  }
  for (const text of more) hash.update(text).update("\0");
  return hash.digest("hex");
}
