import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { dirname, posix } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Aborted } from "../errdefs/errors.ts";
import { fileError } from "./errno.ts";
import type { SafeRoot } from "./safe-path.ts";
import { fstat } from "./safe-stat.ts";

/**
 * Writes a file beneath a hostile root as its bytes come: it appears when it is complete, in place of what was there.
 * Parents are made. Nothing is left of one that was cut off.
 * @throws Aborted when somebody meddles; what the source throws; ResourceExhausted (disk full)
 */
export async function writeStream(root: SafeRoot, path: string, source: Readable, signal?: AbortSignal): Promise<void> {
  const unfinished = posix.join(dirname(path), `.${randomBytes(9).toString("base64url")}.part`);
  try {
    root.makeDirectory(dirname(path), { parents: true, mode: 0o755 });
    root.writeFile(unfinished, "", { mode: 0o644 });
  } catch (error) {
    source.destroy();
    throw error;
  }
  try {
    using file = root.locate(unfinished, { follow: false });
    if (fstat(file.fd).kind !== "file") {
      throw new Aborted(`${path} was replaced while it was written`);
    }
    await pipeline(source, createWriteStream(file.path), signal === undefined ? {} : { signal });
    root.rename(unfinished, path, { replace: true });
  } catch (error) {
    source.destroy();
    if (root.exists(unfinished)) {
      await root.remove(unfinished);
    }
    throw fileError(`writing ${path}`, error);
  }
}
