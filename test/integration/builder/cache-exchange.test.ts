import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import type { CacheSource, CacheTarget } from "#engine/builder/builder.ts";
import type { Image } from "#engine/images/image-store.ts";
import { digestOf, hexOf } from "#engine/oci/digest.ts";
import { type Descriptor, mediaTypes } from "#engine/oci/types.ts";
import { startRegistry, type TestRegistry, whyNoRegistry } from "../remotes/registry.ts";
import { Machine, whyNot } from "./machine.ts";

const uuid = "cat /proc/sys/kernel/random/uuid";
/** Each step makes other bytes whenever it runs. */
const stages = (last = "done") => `FROM busybox AS tools
RUN ${uuid} > /tool && echo 1 > /same
RUN ${uuid} > /other
FROM busybox
WORKDIR /w
COPY a /w/a
RUN ${uuid} > /made
COPY --from=tools /tool /tool
RUN ${uuid} > /${last}`;
const files = { a: "a" };

/** Instructions that ran. */
function ran(events: readonly NewBuildEvent[]): string[] {
  const names = new Map(
    events.flatMap((event) => (event.type === "vertex" ? [[event.vertex.id, event.vertex.instruction] as const] : [])),
  );
  return events.flatMap((event) =>
    event.type === "vertex-completed" && !event.cached && event.reason.kind !== "not-cacheable"
      ? [(names.get(event.id) ?? "").replace(`${uuid} > `, "")]
      : [],
  );
}

const diffIds = ({ config }: Image): string[] => config.rootfs.diff_ids;

describe("build caches that travel", { skip: whyNot() ?? whyNoRegistry() ?? false }, () => {
  const here = new Machine();
  const there = new Machine();
  let registry: TestRegistry;
  before(async () => {
    await Promise.all([here.start(), there.start()]);
    await there.addCopy(here, await here.addBusybox());
    registry = await startRegistry();
  });
  beforeEach(() => Promise.all([here, there].map((machine) => machine.builder.cache.prune({ all: true }))));
  after(async () => {
    await registry.stop();
    await here.dispose();
    await there.dispose();
  });

  const source = (name: string): CacheSource => ({ type: "registry", reference: `${registry.host}/${name}` });
  const target = (name: string, mode: "min" | "max"): CacheTarget => ({
    type: "registry",
    reference: `${registry.host}/${name}`,
    mode,
    ignoreError: false,
  });
  const directory = (machine: Machine, name: string) => {
    const root = path.join(machine.directory, name);
    mkdirSync(root, { recursive: true });
    return { root, hostBase: 0, dispose: async () => {} };
  };
  const build = (machine: Machine, dockerfile: string, from: readonly CacheSource[], to: readonly CacheTarget[] = []) =>
    machine.build(dockerfile, files, { cacheFrom: from, cacheTo: to });

  it("go through a registry with the results of all steps, mode=max", async () => {
    const made = await build(here, stages(), [], [target("max", "max")]);
    const taken = await build(there, stages(), [source("max")]);
    assert.deepEqual(ran(taken.events), []);
    assert.deepEqual(diffIds(taken.image), diffIds(made.image));
    const changed = await build(there, stages("new"), [source("max")]);
    assert.deepEqual(ran(changed.events), ["RUN /new"]);
    assert.deepEqual(diffIds(changed.image).slice(0, -1), diffIds(made.image).slice(0, -1));
    const tools = `${stages().split("\n").slice(0, 3).join("\n")}\nRUN ${uuid} > /more`;
    assert.deepEqual(ran((await build(there, tools, [source("max")])).events), ["RUN /more"]);
  });

  it("leave results of steps that are not in the image out, mode=min, and are found without them", async () => {
    const made = await build(here, stages("min"), [], [target("min", "min")]);
    const taken = await build(there, stages("min"), [source("min")]);
    assert.deepEqual(ran(taken.events), []);
    assert.deepEqual(diffIds(taken.image), diffIds(made.image));
    const { steps } = there.builder.records.ofImage(taken.image.id);
    assert.deepEqual(
      steps.map(({ step, before, after }) => [step.outcome, before?.layer !== undefined, after?.layer !== undefined]),
      [
        ["cached", false, true],
        ["cached", true, false],
        ["cached", false, false],
        ["cached", false, true],
        ...Array.from({ length: 5 }, () => ["cached", true, true]),
      ],
      "also steps that were not needed are told, and what is before the first step of each stage is there",
    );
    const told = new Set(taken.events.flatMap((event) => (event.type === "vertex-completed" ? [event.id] : [])));
    assert.ok(steps.every(({ step }) => told.has(step.id)));
    const tools = `${stages().split("\n").slice(0, 3).join("\n")}\nRUN ${uuid} > /more`;
    const { events } = await build(there, tools, [source("min")]);
    assert.deepEqual(ran(events), [`RUN /tool && echo 1 > /same`, "RUN /other", "RUN /more"]);
  });

  it("are handed on by a build that took them", async () => {
    await build(here, stages("handed"), [], [target("first", "max")]);
    await build(there, stages("handed"), [source("first")], [target("second", "max")]);
    await here.builder.cache.prune({ all: true });
    assert.deepEqual(ran((await build(here, stages("handed"), [source("second")])).events), []);
  });

  it("are of use where the machine has made some of the steps otherwise", async () => {
    const made = await build(here, stages("mixed"), [], [target("mixed", "max")]);
    await there.build(stages("before"), files);
    const { image, events } = await build(there, stages("mixed"), [source("mixed")]);
    assert.deepEqual([ran(events), diffIds(image)], [[], diffIds(made.image)]);
  });

  it("go through a directory, and what was changed in it is not used", async () => {
    const at = directory(here, "cache");
    const made = await build(
      here,
      stages("local"),
      [],
      [{ type: "local", directory: at, mode: "max", ignoreError: false }],
    );
    const from: CacheSource = { type: "local", directory: at, name: "cache" };
    const taken = await build(there, stages("local"), [from]);
    assert.deepEqual([ran(taken.events), diffIds(taken.image)], [[], diffIds(made.image)]);

    const dockerfile = stages("tampered").replace("FROM busybox\n", "FROM busybox\nRUN echo other > /start\n");
    await build(here, dockerfile, [], [{ type: "local", directory: at, mode: "max", ignoreError: false }]);
    const blobs = path.join(at.root, "blobs/sha256");
    for (const name of readdirSync(blobs)) {
      const file = path.join(blobs, name);
      if (
        readFileSync(file)
          .subarray(0, 2)
          .equals(Buffer.from([0x1f, 0x8b]))
      ) {
        writeFileSync(file, Buffer.alloc(statSync(file).size, 1));
      }
    }
    const tampered = await build(there, dockerfile, [from]);
    assert.ok(ran(tampered.events).includes("RUN /tampered"));
    const said = tampered.events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
    assert.match(said, /sha256:[0-9a-f]{64}/);
  });

  it("go along in an image, whether it is here or in a registry", async () => {
    const inline = { buildArgs: { BUILDKIT_INLINE_CACHE: "1" } };
    const made = await here.build(stages("inline"), files, inline);
    const records = JSON.parse(Buffer.from(made.image.config["moby.buildkit.cache.v0"] ?? "", "base64").toString()) as {
      digest: string;
      layers?: { layer: number }[];
    }[];
    assert.ok(records.some(({ layers }) => layers?.[0]?.layer === diffIds(made.image).length - 1));
    const layers: Descriptor[] = [];
    for (const layer of made.image.layers) {
      layers.push(await here.compressor.blobOf(layer, here.storage.blobs.made));
    }
    const { size } = await here.content.info(made.image.id);
    const config = { mediaType: mediaTypes.dockerConfig, digest: made.image.id, size };
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers };
    await here.artifacts.push(
      `${registry.host}/inline:v1`,
      { bytes: Buffer.from(JSON.stringify(manifest)), mediaType: mediaTypes.dockerManifest },
      { blobs: [...layers, config] },
    );
    const taken = await build(there, stages("inline"), [source("inline:v1")]);
    assert.deepEqual([ran(taken.events), diffIds(taken.image)], [[], diffIds(made.image)]);

    const local = await here.build(stages("kept"), files, { ...inline, tags: ["kept"] });
    const copy = await there.addCopy(here, local.image);
    const again = await build(there, stages("kept"), [{ type: "registry", reference: "kept" }]);
    assert.deepEqual([ran(again.events), diffIds(again.image)], [[], diffIds(copy)]);
    assert.equal((await here.build(stages("plain"), files)).image.config["moby.buildkit.cache.v0"], undefined);
  });

  it("are not used by a build that does not ask for them, nor is what was built on them", async () => {
    await build(here, stages("trust"), [], [target("trust", "max")]);
    const more = `${stages("trust")}\nRUN ${uuid} > /after`;
    const first = await build(there, more, [source("trust")]);
    assert.deepEqual(ran(first.events), ["RUN /after"]);
    const second = await build(there, more, [source("trust")]);
    assert.deepEqual([ran(second.events), second.image.id], [[], first.image.id], "what it built itself is kept");
    const without = await there.build(more, files);
    assert.deepEqual(ran(without.events).at(-1), "RUN /after");
    assert.deepEqual([ran(without.events).length, ran(without.events).at(-1)], [8, "RUN /after"]);
  });

  it("say so where they cannot be had, and the build goes on; where they cannot be left it fails", async () => {
    const { events } = await build(there, "FROM busybox\nRUN true", [source("nothing"), source("max")]);
    const errors = events.flatMap((event) => (event.type === "vertex-completed" ? (event.error ?? []) : []));
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /manifest unknown|not found/i);
    const nowhere: CacheTarget = { type: "registry", reference: "127.0.0.1:1/x", mode: "min", ignoreError: false };
    await assert.rejects(build(there, "FROM busybox\nRUN true", [], [nowhere]), /127\.0\.0\.1:1/);
    await build(there, "FROM busybox\nRUN true", [], [{ ...nowhere, ignoreError: true }]);
  });

  it("are read in BuildKit's older form too, and nothing in a hostile one harms", async () => {
    const empty = Buffer.from("{}");
    const push = async (config: object): Promise<CacheSource> => {
      const bytes = Buffer.from(JSON.stringify(config));
      const digest = digestOf(bytes);
      await here.content.ingest([bytes] as never, { ref: digest });
      const blob = { mediaType: "application/vnd.buildkit.cacheconfig.v0", digest, size: bytes.length };
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [blob] };
      const name = `hostile:${hexOf(digest).slice(0, 12)}`;
      const manifest = { bytes: Buffer.from(JSON.stringify(index)), mediaType: mediaTypes.ociIndex };
      await here.artifacts.push(`${registry.host}/${name}`, manifest, { blobs: [blob] });
      return source(name);
    };
    const record = { digest: digestOf(empty), inputs: [[{ link: 1 }]] };
    const sources = [
      await push({ records: [{ ...record, inputs: [[{ link: 0 }]] }, record] }),
      await push({ records: [{ ...record, layers: [{ layer: 7 }] }, { digest: digestOf("") }] }),
      await push({
        layers: [{ blob: digestOf(""), parent: 0 }],
        records: [{ ...record, layers: [{}] }, { digest: digestOf("") }],
      }),
      await push({ records: "no" }),
    ];
    const { events } = await build(there, "FROM busybox\nRUN true", sources);
    const errors = events.flatMap((event) => (event.type === "vertex-completed" ? (event.error ?? []) : []));
    assert.deepEqual(
      errors.map((error) => error.replace(/: at.*/, "")),
      ["the cache's config is no build cache"],
    );
  });
});
