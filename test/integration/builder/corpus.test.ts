import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Image } from "#engine/images/image-store.ts";
import { baseDockerfile, corpus, makeContext } from "../../golden/builders/corpus.ts";
import type { Recorded, RecordedImage } from "../../golden/builders/recorded.ts";
import { changesOn, configOf, type FileTree, historyOn, merged, readLayer } from "../../golden/builders/saved-image.ts";
import { Machine, whyNot } from "./machine.ts";

const recordings = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../golden/builders/recorded.json"), "utf8"),
) as Record<string, Recorded>;

describe("images as dockerd's builders make them", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  const newSince = Date.now() - 60_000;
  const context = path.join(machine.directory, "corpus");
  let base: { image: Image; tree: FileTree };

  before(async () => {
    await machine.start();
    await machine.addBusybox({ Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] });
    mkdirSync(context);
    makeContext(context);
    const { image } = await machine.build(baseDockerfile, {}, { tags: ["base:latest"], network: "none" });
    base = { image, tree: await treeOf(image) };
  });
  after(() => machine.dispose());

  async function treeOf(image: Image): Promise<FileTree> {
    const layers: FileTree[] = [];
    for (const layer of image.layers) {
      const chunks: Buffer[] = [];
      for await (const chunk of await machine.layers.openTar(layer)) {
        chunks.push(chunk as Buffer);
      }
      layers.push(readLayer(Buffer.concat(chunks), newSince));
    }
    return merged(layers);
  }

  async function build(dockerfile: string): Promise<RecordedImage | "fails"> {
    let image: Image;
    try {
      writeFileSync(path.join(context, "Dockerfile"), dockerfile);
      ({ image } = await machine.buildIn(context, { network: "none" }));
    } catch {
      return "fails";
    }
    return {
      tree: changesOn(base.tree, await treeOf(image)).filter((line) => !line.startsWith("/bin/")),
      config: configOf({ ...image.config.config }),
      history: historyOn(base.image.config.history ?? [], image.config.history ?? []),
    };
  }

  for (const { dockerfile, differs } of corpus) {
    it(dockerfile.trimEnd(), async () => {
      const { classic, buildkit } = recordings[dockerfile] ?? {};
      assert.ok(classic !== undefined && buildkit !== undefined, "record.ts has not been run for it");
      const ours = await build(dockerfile);
      // BuildKit shows --chown in the history since 0.9; ours is like the newest
      const asBefore = (image: RecordedImage | "fails") =>
        image === "fails"
          ? image
          : { ...image, history: image.history.map((line) => line.replace(/^(COPY|ADD) --chown=\S+/, "$1")) };
      const tree = (image: RecordedImage | "fails"): unknown =>
        image === "fails" ? image : changed(image.tree, dockerfile);
      if (differs.classic === undefined) {
        assert.deepEqual(tree(ours), tree(classic));
      } else {
        assert.notDeepEqual(tree(ours), tree(classic), `no longer so: ${differs.classic}`);
      }
      if (differs.buildkit === undefined) {
        assert.deepEqual(tree(ours), tree(buildkit));
        assert.deepEqual(withoutTree(asBefore(ours)), withoutTree(buildkit));
      } else {
        assert.notDeepEqual(asBefore(ours), buildkit, `no longer so: ${differs.buildkit}`);
      }
    });
  }
});

/** From scratch, nothing of the base is there, which differs a little from the recorded one's. */
function changed(tree: readonly string[], dockerfile: string): readonly string[] {
  const scratch = tree.includes("/etc/passwd -") || dockerfile.split("FROM ").at(-1)?.startsWith("scratch\n") === true;
  const lines = scratch ? tree.filter((line) => !line.endsWith(" -")) : tree;
  return lines.map(withoutArchiveBytes);
}

/** Each release of a distribution has a tar and compressors that write other bytes for the same archive of the context. */
function withoutArchiveBytes(line: string): string {
  return line.replace(/(\.tar(?:\.\w+)? file \d+ \d+:\d+) \d+ [0-9a-f]+/, "$1");
}

function withoutTree(image: RecordedImage | "fails"): unknown {
  return image === "fails" ? image : { config: image.config, history: image.history };
}
