import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ContentStore } from "#engine/content/store.ts";
import { Cancelled, DataLoss, NotFound, OutOfRange } from "#engine/errdefs/errors.ts";
import { digestOf } from "#engine/oci/digest.ts";

export interface ContentFixture {
  store: ContentStore;
  dispose(): void;
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await setTimeout(1);
    yield Buffer.from(text);
  }
}

async function listed(store: ContentStore): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of store.list()) {
    digests.push(digest);
  }
  return digests;
}

/** What every content store must do. */
export function contentStoreSuite(name: string, create: () => ContentFixture): void {
  describe(`content store ${name}`, () => {
    let fixture: ContentFixture;
    let store: ContentStore;
    const digest = digestOf("hello world");

    beforeEach(() => {
      fixture = create();
      store = fixture.store;
    });
    afterEach(() => fixture.dispose());

    it("gives back what was ingested, whole and from the middle", async () => {
      const progress: number[] = [];
      const info = await store.ingest(chunks("hello ", "world"), { ref: "a", onProgress: (n) => progress.push(n) });
      assert.equal(info.digest, digest);
      assert.equal(info.size, 11);
      assert.deepEqual(progress, [6, 11]);
      assert.equal((await store.read(digest)).toString(), "hello world");
      const rest = await store.open(digest, { start: 6 });
      assert.equal(Buffer.concat(await rest.toArray()).toString(), "world");
      assert.deepEqual(await listed(store), [digest]);
      assert.equal((await store.info(digest)).size, 11);
    });

    it("holds an empty blob", async () => {
      const { digest: empty } = await store.ingest(chunks(), { ref: "empty" });
      assert.equal((await store.read(empty)).length, 0);
      assert.deepEqual(await (await store.open(empty)).toArray(), []);
    });

    it("keeps nothing that is not what was expected", async () => {
      const wrong = { digest: digestOf("other") };
      await assert.rejects(store.ingest(chunks("hello world"), { ref: "a", expected: wrong }), DataLoss);
      for (const size of [10, 12]) {
        const expected = { digest, size };
        await assert.rejects(store.ingest(chunks("hello world"), { ref: "a", expected }), DataLoss);
      }
      assert.deepEqual(await listed(store), []);
    });

    it("does not read a source whose content it has", async () => {
      await store.ingest(chunks("hello world"), { ref: "a" });
      const source = Readable.from(chunks("hello world"));
      await store.ingest(source, { ref: "b", expected: { digest } });
      assert.equal(source.destroyed, true);
      assert.deepEqual(await listed(store), [digest]);
    });

    it("lets a second ingest of one ref wait for the first", async () => {
      let reads = 0;
      async function* counted(): AsyncGenerator<Uint8Array> {
        reads++;
        yield* chunks("hello ", "world");
      }
      const expected = { digest };
      const [first, second] = await Promise.all([
        store.ingest(counted(), { ref: "a", expected }),
        store.ingest(counted(), { ref: "a", expected }),
      ]);
      assert.equal(first.digest, second.digest);
      assert.equal(reads, 1);
    });

    it("does its own work when the first ingest of a ref fails", async () => {
      const expected = { digest };
      const first = store.ingest(chunks("bad"), { ref: "a", expected });
      const second = store.ingest(chunks("hello world"), { ref: "a", expected });
      await assert.rejects(first, DataLoss);
      assert.equal((await second).digest, digest);
    });

    it("stops at once when aborted, even while it waits for bytes", async () => {
      async function* endless(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("x");
        await new Promise(() => {});
      }
      const abort = new AbortController();
      const ingest = store.ingest(endless(), {
        ref: "a",
        signal: abort.signal,
        onProgress: () => abort.abort(new Error("enough")),
      });
      await assert.rejects(ingest, (error) => error instanceof Cancelled && /enough/.test(error.message));
      const aborted = { ref: "b", signal: AbortSignal.abort(new Error("before")) };
      await assert.rejects(store.ingest(chunks("x"), aborted), Cancelled);
      assert.deepEqual(await listed(store), []);
    });

    it("passes on the error of a source and keeps nothing", async () => {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("x");
        throw new NotFound("gone");
      }
      await assert.rejects(store.ingest(failing(), { ref: "a" }), NotFound);
      assert.deepEqual(await listed(store), []);
    });

    it("says what is missing or too large, and deletes idempotently", async () => {
      await assert.rejects(store.info(digest), NotFound);
      await assert.rejects(store.open(digest), NotFound);
      await assert.rejects(store.read(digest), NotFound);
      await store.ingest(chunks("hello world"), { ref: "a" });
      await assert.rejects(store.read(digest, 10), OutOfRange);
      await store.delete(digest);
      await store.delete(digest);
      await assert.rejects(store.info(digest), NotFound);
    });
  });
}
