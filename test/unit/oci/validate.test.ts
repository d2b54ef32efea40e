import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, parseJson } from "../../../server/engine/oci/json.ts";
import { parseImageConfig, parseIndex, parseManifest } from "../../../server/engine/oci/validate.ts";

const sha = `sha256:${"0".repeat(64)}`;
const descriptor = { mediaType: "application/x", digest: sha, size: 3 };
const manifest = { schemaVersion: 2, config: descriptor, layers: [descriptor] };
const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [sha] } };
const bytes = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

test("a manifest of either kind is read, unknown fields dropped", () => {
  assert.deepEqual(parseManifest(bytes({ ...manifest, annotations: null, future: { a: 1 } })), manifest);
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, platform: { architecture: "arm64", os: "linux" } }] };
  assert.deepEqual(parseIndex(bytes(index)), index);
});

test("null stands for absent, as Go writes it", () => {
  const parsed = parseImageConfig(
    bytes({ ...config, config: { Entrypoint: null, Cmd: ["a"], Volumes: null, Labels: null }, history: null }),
  );
  assert.deepEqual(parsed.config, { Cmd: ["a"] });
  assert.equal("history" in parsed, false);
  const empty = parseImageConfig(bytes({ ...config, rootfs: { type: "layers", diff_ids: null } }));
  assert.deepEqual(empty.rootfs.diff_ids, []);
});

test("what people write is as long as a config may be, and so is its history", () => {
  const long = "x".repeat(1_000_000);
  const document = {
    ...config,
    config: { Env: [`A=${long}`], Labels: { a: long }, Cmd: [long] },
    history: [{ created_by: long }, ...Array.from({ length: 4000 }, () => ({ empty_layer: true }))],
  };
  assert.deepEqual(parseImageConfig(bytes(document)), document);
  assert.throws(() => parseImageConfig(bytes({ ...config, author: "x".repeat(9_000_000) })), /too large/);
});

const hostile: [name: string, parse: (bytes: Uint8Array) => unknown, document: unknown, message: RegExp][] = [
  ["not JSON", parseManifest, "{", /not valid JSON/],
  ["not UTF-8", parseManifest, "\xff", /invalid at schemaVersion|not valid JSON|invalid/],
  ["a number", parseManifest, 5, /invalid/],
  ["null", parseManifest, null, /invalid/],
  ["schema 1", parseManifest, { schemaVersion: 1, fsLayers: [] }, /schema 1/],
  ["ambiguous manifest", parseManifest, { ...manifest, manifests: [] }, /ambiguous/],
  ["ambiguous index", parseIndex, { schemaVersion: 2, manifests: [], layers: [] }, /ambiguous/],
  [
    "path in a digest",
    parseManifest,
    { ...manifest, config: { ...descriptor, digest: "../../etc/passwd" } },
    /config\.digest/,
  ],
  ["negative size", parseManifest, { ...manifest, layers: [{ ...descriptor, size: -1 }] }, /layers\.0\.size/],
  ["fractional size", parseManifest, { ...manifest, layers: [{ ...descriptor, size: 1.5 }] }, /layers\.0\.size/],
  ["huge size", parseManifest, { ...manifest, layers: [{ ...descriptor, size: 1e300 }] }, /layers\.0\.size/],
  [
    "too many layers",
    parseManifest,
    { ...manifest, layers: Array.from({ length: 126 }, () => descriptor) },
    /layers: max depth exceeded: an image has at most 125 layers$/,
  ],
  ["too large", parseManifest, " ".repeat(5 << 20), /too large/],
  ["too deep", parseManifest, `${"[".repeat(40)}${"]".repeat(40)}`, /nested/],
  ["very deep", parseManifest, "[".repeat(1e6), /not valid JSON|nested/],
  ["Cmd is a string", parseImageConfig, { ...config, config: { Cmd: "sh" } }, /config\.Cmd/],
  ["Env holds numbers", parseImageConfig, { ...config, config: { Env: [1] } }, /config\.Env/],
  ["labels are a list", parseImageConfig, { ...config, config: { Labels: ["a"] } }, /config\.Labels/],
  ["other rootfs", parseImageConfig, { ...config, rootfs: { type: "windows" } }, /rootfs\.type/],
  ["no rootfs", parseImageConfig, { architecture: "amd64", os: "linux" }, /rootfs/],
  ["history tells more", parseImageConfig, { ...config, history: [{}, {}] }, /history tells of 2 layers/],
];

test("hostile documents are refused with the place in the message", () => {
  for (const [name, parse, document, message] of hostile) {
    assert.throws(() => parse(bytes(document)), { name: "InvalidArgument", message }, name);
  }
});

test("a key __proto__ reaches no prototype", () => {
  const parsed = parseImageConfig(
    bytes(JSON.stringify({ ...config, config: { Labels: {} } }).replace('"Labels":{}', '"Labels":{"__proto__":"x"}')),
  );
  assert.equal(Object.getPrototypeOf(parsed.config?.Labels), Object.prototype);
});

test("canonical JSON does not depend on the order of keys and leaves undefined out", () => {
  const a = canonicalJson({ b: [1, { d: 1, c: undefined }], a: "ä" });
  assert.equal(a.toString(), '{"a":"ä","b":[1,{"d":1}]}');
  assert.deepEqual(canonicalJson({ a: "ä", b: [1, { d: 1 }] }), a);
  assert.deepEqual(parseJson(a, "x", 100), { a: "ä", b: [1, { d: 1 }] });
});
