import { createHash } from "node:crypto";
import type { Digest } from "../oci/digest.ts";
import type { ContentProvider } from "./store.ts";

/** Whether a blob of the store still is what its digest says. One that the disk no longer gives out is not. */
export async function isSound(content: ContentProvider, digest: Digest): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of (await content.open(digest)) as AsyncIterable<Buffer>) hash.update(chunk);
  } catch {
    return false;
  }
  return `sha256:${hash.digest("hex")}` === digest;
}
