import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LocalContentStore } from "../../../server/engine/content/local.ts";
import { digestOf } from "../../../server/engine/oci/digest.ts";
import { mediaTypes } from "../../../server/engine/oci/types.ts";
import { parseReference } from "../../../server/engine/reference/reference.ts";
import { Fetcher } from "../../../server/engine/remotes/fetcher.ts";
import { drain, HttpClient } from "../../../server/engine/remotes/http-client.ts";
import { Registries } from "../../../server/engine/remotes/registry-client.ts";
import { anyAddress } from "#engine/network/address-rule.ts";
import { tokenRegistry } from "./token-registry.ts";

/* Downloads into a content store on disk, which go through a thread. */

const layer = randomBytes(3 << 20);
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(layer), size: layer.length };

async function setUp(t: TestContext, behaviour: Parameters<typeof tokenRegistry>[1] = {}) {
  const registry = await tokenRegistry(layer, behaviour);
  t.after(registry.close);
  const directory = mkdtempSync(join(tmpdir(), "drydock-fetch-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const content = new LocalContentStore(directory);
  const client = new HttpClient();
  t.after(() => client.close());
  const reference = parseReference(`${registry.host}/team/app`);
  const repository = new Registries(client).repository(reference, "pull", { auth: undefined, addresses: anyAddress });
  // As a pull does: from then on it is known what token is wanted.
  await drain(await repository.request({ method: "GET", path: "manifests/latest", expect: [200] }));
  const fetcher = new Fetcher(content, 1);
  return {
    registry,
    content,
    fetch: (options = {}) => fetcher.fetch(repository, blob, options),
    asked: () => registry.seen.filter(({ url }) => url.endsWith(`/blobs/${blob.digest}`)).length,
    kept: () => [...readdirSync(join(directory, "ingest")), ...readdirSync(join(directory, "blobs/sha256"))],
  };
}

test("a blob that breaks off twice is taken up again where it was", async (t) => {
  const { content, fetch, registry } = await setUp(t, { breaks: { after: 1_000_000, times: 2 } });
  const told: number[] = [];
  await fetch({ onRetry: (ms: number) => told.push(ms) });
  assert.deepEqual(await content.read(blob.digest), layer);
  assert.deepEqual(told, [1, 2]);
  assert.equal(registry.seen.filter(({ range }) => /^bytes=[1-9]/.test(range ?? "")).length, 2);
});

test("what is not what it is said to be is refused, and nothing is kept", async (t) => {
  const { fetch, kept } = await setUp(t, { forgedBlob: randomBytes(blob.size) });
  await assert.rejects(fetch(), {
    name: "DataLoss",
    message: /^filesystem layer verification failed for digest sha256:\w+$/,
  });
  assert.deepEqual(kept(), []);
});

test("a registry that refuses is asked once, and told of as by this thread", async (t) => {
  const { fetch, asked, kept } = await setUp(t, { failures: { status: 404, times: 100 } });
  await assert.rejects(fetch(), { name: "NotFound" });
  assert.equal(asked(), 1);
  assert.deepEqual(kept(), []);
});

test("a token that is not taken any more is replaced", async (t) => {
  const { content, fetch, asked } = await setUp(t, { failures: { status: 401, times: 1 } });
  await fetch();
  assert.equal(asked(), 2);
  assert.deepEqual(await content.read(blob.digest), layer);
});

test("a cancelled download leaves nothing, and can be repeated", async (t) => {
  const { content, fetch, kept } = await setUp(t, { breaks: { after: 1_000_000, times: 1 } });
  const stop = new AbortController();
  await assert.rejects(fetch({ signal: stop.signal, onRetry: () => stop.abort() }), { name: "Cancelled" });
  await fetch();
  assert.deepEqual(await content.read(blob.digest), layer);
  assert.equal(kept().length, 1);
});

test("a blob that has lost its end is fetched again", async (t) => {
  const { content, fetch } = await setUp(t);
  await fetch();
  truncateSync((await content.file(blob.digest)) ?? "", 1_000);
  await fetch();
  assert.deepEqual(await content.read(blob.digest), layer);
});
