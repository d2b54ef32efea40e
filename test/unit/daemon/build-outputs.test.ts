import assert from "node:assert/strict";
import { test } from "node:test";
import { Query } from "../../../server/daemon/http/query.ts";
import { buildParameters } from "../../../server/daemon/routes/build/request.ts";

/** The tags of `POST /build` with these outputs. */
function tagsOf(outputs: unknown, ...tags: string[]): string[] {
  const text = typeof outputs === "string" ? outputs : JSON.stringify(outputs);
  const search = new URLSearchParams({ outputs: text });
  for (const tag of tags) search.append("t", tag);
  return buildParameters({ query: new Query(search.toString()), headers: {}, version: { major: 1, minor: 50 } }).tags;
}

test("the store of images is an output: it may name the image, and tags come first", () => {
  assert.deepEqual(tagsOf([]), []);
  assert.deepEqual(tagsOf([{ Type: "moby" }]), []);
  const compressed = { type: "image", "force-compression": "true", compression: "zstd" };
  assert.deepEqual(tagsOf([{ Type: "moby", Attrs: { ...compressed, name: "one:1,two" } }]), ["one:1", "two"]);
  assert.deepEqual(tagsOf([{ Type: "image", Attrs: { name: "one" } }], "three"), ["three"]);
});

test("an output that is none, or would leave the store, is refused", () => {
  assert.throws(() => tagsOf("[{"), { code: "invalid_argument", message: /^invalid outputs specified: / });
  assert.throws(() => tagsOf([{ Attrs: {} }]), { code: "invalid_argument", message: /Type and Attrs/ });
  const two = [{ Type: "moby" }, { Type: "moby" }];
  assert.throws(() => tagsOf(two), { code: "invalid_argument", message: "multiple outputs not supported" });
  assert.throws(() => tagsOf([{ Type: "local", Attrs: { dest: "x" } }]), { code: "not_implemented", message: /local/ });
  assert.throws(() => tagsOf([{ Type: "moby", Attrs: { push: "true" } }]), { code: "not_implemented" });
  assert.throws(() => tagsOf([{ Type: "moby", Attrs: { name: "UPPER" } }]), { code: "unknown" });
});
