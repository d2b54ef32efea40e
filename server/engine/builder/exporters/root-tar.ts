import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { packDirectory } from "../../diff/pack.ts";
import type { Image } from "../../images/image-store.ts";
import type { LeaseManager } from "../../leases/leases.ts";
import type { Workshop } from "../ops/workshop.ts";

/** Longer than any reader takes. */
const leaseMs = 6 * 3_600_000;

/**
 * An image's files as an archive, as they are beneath `/`. They stay in place until it ends or is destroyed.
 * @param options.epoch seconds: the time of all files
 */
export async function openRootTar(
  { workshop, leases }: { workshop: Workshop; leases: LeaseManager },
  image: Image,
  options: { epoch?: number | undefined; signal?: AbortSignal | undefined },
): Promise<Readable> {
  const { epoch, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Readable>();
  const lease = leases.create(`files of ${image.id}`, leaseMs);
  const streamed = workshop.view(image.layers.at(-1), lease, async (directory) => {
    const out = new PassThrough({ highWaterMark: 1 << 20 });
    resolve(out);
    const tar = packDirectory(directory, "/", {
      name: "",
      ...(epoch === undefined ? {} : { mtimeNs: BigInt(epoch) * 1_000_000_000n }),
    });
    // An error destroys `out` with it, so its reader has it.
    await pipeline(tar, out, signal === undefined ? {} : { signal }).catch(() => undefined);
  });
  streamed.catch(reject).finally(() => lease.release());
  return promise;
}
