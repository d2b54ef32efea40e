import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { test, type TestContext } from "node:test";
import { bringWith } from "#engine/builder/portable/cache-layers.ts";
import type { PortableLayer } from "#engine/builder/portable/imported-cache.ts";
import { NotFound } from "#engine/errdefs/errors.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { type DiffID, digestOf } from "#engine/oci/digest.ts";
import { type Descriptor, mediaTypes } from "#engine/oci/types.ts";
import { memoryMachine } from "../../fakes/transfer.ts";

const signal = new AbortController().signal;

/** A machine on which somebody else has two layers, and what a cache has to say of them. */
async function withNeighbour(t: TestContext) {
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const stack: PortableLayer[] = [];
  const theirs: LayerID[] = [];
  const blobs = new Map<string, Buffer>();
  for (const text of ["their base", "their secret"]) {
    const tar = Buffer.from(text.repeat(100));
    const packed = gzipSync(tar);
    const digest = digestOf(packed);
    blobs.set(digest, packed);
    await machine.content.ingest(Readable.from([packed]), { ref: digest });
    theirs.push((await machine.layers.apply(Readable.from([packed]), { parent: theirs.at(-1) })).id);
    const blob = { digest, size: packed.length, mediaType: mediaTypes.ociLayerGzip };
    stack.push({ blob, diffId: digestOf(tar) as string as DiffID });
  }
  const asked: string[] = [];
  const missing: string[] = [];
  const bring = (own: ReadonlySet<LayerID>, fetch: (blob: Descriptor) => Promise<void>) =>
    bringWith({
      blobs: machine.blobs.of("ada"),
      installer: machine.installer,
      content: machine.content,
      lease: machine.leases.create("build"),
      own,
      fetch: (blob) => {
        asked.push(blob.digest);
        return fetch(blob);
      },
      onMissing: (message) => missing.push(message),
    });
  return { stack, theirs, blobs, asked, missing, bring };
}

test("a cache that only names another's layers is given none of them", async (t) => {
  const { stack, bring, asked, missing } = await withNeighbour(t);
  const nothing = bring(new Set(), ({ digest }) => Promise.reject(new NotFound(`no ${digest}`)));
  assert.equal(await nothing(stack, signal), undefined);
  assert.deepEqual(asked, [stack[0]?.blob.digest], "it is asked for the lowest first, and for no more");
  assert.deepEqual(missing, [`no ${stack[0]?.blob.digest}`]);
});

test("a blob of one's own for another's layer is not what its diffID says", async (t) => {
  const { stack, bring, missing, blobs } = await withNeighbour(t);
  const other = stack[0]?.blob;
  assert.ok(other !== undefined && blobs.has(other.digest));
  // The blob that is shown is somebody's, and real: it only is another layer's.
  const forged = stack.map((layer, index) => (index === 1 ? { ...layer, blob: other } : layer));
  assert.equal(await bring(new Set(), async () => undefined)(forged, signal), undefined);
  assert.match(missing.join(), /does not unpack to what its image's config says/);
});

test("who has shown all of it is given the layer that is here; one's own need not be shown", async (t) => {
  const { stack, theirs, bring, asked, missing } = await withNeighbour(t);
  const shown = await bring(new Set(), async () => undefined)(stack, signal);
  assert.deepEqual(shown?.kind === "layer" && shown.layer, theirs[1]);
  assert.deepEqual(
    asked.splice(0),
    stack.map(({ blob }) => blob.digest),
  );
  const own = await bring(new Set(theirs), () => Promise.reject(new NotFound("nothing")))(stack, signal);
  assert.deepEqual(own?.kind === "layer" && own.layer, theirs[1]);
  assert.deepEqual([asked, missing], [[], []]);
});
