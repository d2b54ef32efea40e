import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Digest, digestOf } from "#engine/oci/digest.ts";
import type { Storage } from "#engine/storage.ts";
import { StorageRoot } from "../../fakes/storage-root.ts";

const skip = process.getuid?.() === 0 ? false : "layers need root";
const kills = 8;

/** What the killed process reported as done. */
interface Reported {
  layers: Set<string>;
  blobs: Set<string>;
}

describe("storage that is killed at any moment", { skip }, () => {
  it("has every object as before or as after, and no leftovers once opened again", async () => {
    const root = new StorageRoot("overlay");
    const reported: Reported = { layers: new Set(), blobs: new Set() };
    try {
      for (let run = 0; run < kills; run++) {
        await churnAndKill(root.base, String(run), reported);
      }
      const storage = await root.open();
      await checkBlobs(storage, root.base, reported);
      await checkLayers(storage, root.base, reported);
      assert.deepEqual(root.errors, []);
      assert.ok(reported.layers.size > 0 && reported.blobs.size > 0, "nothing was done before the kills");
    } finally {
      await root.dispose();
    }
  });
});

async function churnAndKill(base: string, run: string, reported: Reported): Promise<void> {
  const script = join(import.meta.dirname, "../../fakes/storage-churn.ts");
  const child = spawn(process.execPath, [script, base, run], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, "close");
  while (child.exitCode === null && !(output.includes("layer") && output.includes("blob"))) {
    await Promise.race([once(child.stdout, "data"), closed]);
  }
  await setTimeout(Math.random() * 250);
  child.kill("SIGKILL");
  await closed;
  for (const line of output.split("\n").slice(0, -1)) {
    const event = JSON.parse(line) as { layer?: string; deleted?: string; blob?: string };
    if (event.layer !== undefined) {
      reported.layers.add(event.layer);
    } else if (event.deleted !== undefined) {
      reported.layers.delete(event.deleted);
    } else if (event.blob !== undefined) {
      reported.blobs.add(event.blob);
    }
  }
}

async function checkBlobs(storage: Storage, base: string, reported: Reported): Promise<void> {
  for await (const { digest } of storage.content.list()) {
    assert.equal(digestOf(await storage.content.read(digest)), digest);
  }
  for (const digest of reported.blobs) {
    await storage.content.info(digest as Digest);
  }
  assert.deepEqual(readdirSync(join(base, "data/content/ingest")), []);
}

async function checkLayers(storage: Storage, base: string, reported: Reported): Promise<void> {
  const layers = storage.layers.list();
  const ids = new Set<string>(layers.map(({ id }) => id));
  // A deletion may have been done but not yet reported: of those reported, at most the last is gone.
  const missing = [...reported.layers].filter((id) => !ids.has(id));
  assert.ok(missing.length <= kills, `${missing.length} layers are lost`);
  for (const { id } of layers) {
    const diffId = await storage.layers.diffId(id);
    const tar = Buffer.concat(await (await storage.layers.openTar(id)).toArray());
    assert.equal(digestOf(tar), diffId);
  }
  const snapshots = storage.snapshots.list();
  assert.deepEqual(
    snapshots.filter(({ kind, key }) => kind === "committed" && !ids.has(key)),
    [],
  );
  await storage.snapshots.idle();
  assert.equal(readdirSync(join(base, "data/snapshots/overlay")).length, snapshots.length + 1);
  assert.deepEqual(readdirSync(join(base, "data/snapshots/overlay/trash")), []);
  assert.equal(readdirSync(join(base, "data/layers")).length, layers.length);
  assert.deepEqual(
    readdirSync(join(base, "data")).filter((name) => name.startsWith("probe-")),
    [],
  );
}
