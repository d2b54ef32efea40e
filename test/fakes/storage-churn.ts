/**
 * Run as a process of its own by the crash test: makes and removes layers, snapshots and blobs without end, until it
 * is killed. Arguments: the scratch directory. Prints a line for each thing that is done for good.
 */
import { join } from "node:path";
import { mkdirSync, writeFileSync, writeSync } from "node:fs";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { Database } from "#engine/metadata/database.ts";
import { openStorage } from "#engine/storage.ts";
import { archiveStream } from "./archives.ts";

const [base = "", run = ""] = process.argv.slice(2);
const storage = await openStorage({
  dataRoot: join(base, "data"),
  runRoot: join(base, "run"),
  db: new Database(join(base, "metadata.db")),
  snapshotter: "overlay",
});
storage.gc.addRoots({ roots: () => [] });

function done(event: object): void {
  // Synchronous: what is reported was done, whenever the kill comes.
  writeSync(1, `${JSON.stringify(event)}\n`);
}

async function churnLayers(): Promise<void> {
  for (let round = 0; ; round++) {
    await setImmediate();
    const files = Array.from({ length: 50 }, (_, index) => ({
      name: `dir${index % 5}/file${index}`,
      content: `${run} ${round} ${index}`,
    }));
    const bottom = await storage.layers.apply(archiveStream(...files), { parent: undefined });
    done({ layer: bottom.id });
    const key = `active-${run}-${round}`;
    await storage.snapshots.prepare(key, bottom.id);
    const { dir } = storage.snapshots.tree(key);
    mkdirSync(join(dir, "made"));
    writeFileSync(join(dir, "made/file"), key);
    const top = await storage.layers.commit(key);
    done({ layer: top.id });
    if (round % 3 === 2) {
      await storage.layers.diffId(top.id);
      await storage.layers.delete(top.id);
      done({ deleted: top.id });
    }
  }
}

async function churnBlobs(): Promise<void> {
  for (let round = 0; ; round++) {
    const bytes = Buffer.alloc(300_000, `${run} ${round}`);
    const { digest } = await storage.content.ingest(
      Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]),
      {
        ref: String(round),
      },
    );
    done({ blob: digest });
  }
}

await Promise.all([churnLayers(), churnBlobs()]);
