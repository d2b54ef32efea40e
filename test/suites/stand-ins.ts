import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openBaseImages } from "../../server/compose/base-images.ts";
import { readConfig } from "../../server/compose/config.ts";
import { lockState } from "../../server/compose/state-lock.ts";
import { isEngineError } from "../../server/engine/errdefs/errors.ts";
import { ImageRoots } from "../../server/engine/images/image-records.ts";
import { LocalImageStore } from "../../server/engine/images/local.ts";
import { Database } from "../../server/engine/metadata/database.ts";
import { umount2 } from "../../server/engine/mount/libc.ts";
import { openStorage } from "../../server/engine/storage.ts";

const checkout = join(import.meta.dirname, "../..");
const detach = 2;
/** What the images are; the rest of a data directory is its engine's own. */
const shared = ["content", "layers", "snapshots"];

/**
 * Where stand-ins wait for the next test: made once per `./drydock test`, which names a directory of its own and removes
 * it. Without it, a directory named after what they are made with, kept between runs. Who wants only busybox is not given
 * the ten thousands of files of the others.
 */
function sharedDirectory(names: readonly string[]): string {
  const which = names.every((name) => name === "busybox") ? "busybox" : "images";
  const given = process.env["DRYDOCK_TEST_SHARED"];
  if (given !== undefined) return join(given, which);
  const hash = createHash("sha256");
  for (const file of globSync("server/engine/{catalogue,snapshots,layers,metadata,images,content}/**/*.ts", {
    cwd: checkout,
  }).toSorted()) {
    hash.update(file).update(readFileSync(join(checkout, file)));
  }
  return join(tmpdir(), `drydock-test-${which}-${hash.digest("hex").slice(0, 12)}`);
}

/**
 * Puts stand-ins into the data directory of an engine that has not started yet: those that no test asked for before are
 * made, by the product's own catalogue. What the directories share are hard links, since nothing of a layer or a blob is
 * ever changed in place.
 * @param names of the catalogue, e.g. `debian`; one that this machine's has not (`ubuntu` on Debian) is passed over.
 * @throws Unavailable when one cannot be made
 */
export async function giveStandIns(names: readonly string[], dataDirectory: string): Promise<void> {
  const source = sharedDirectory(names);
  const release = await lock(source);
  try {
    await makeMissing(names, source);
    mkdirSync(dataDirectory, { recursive: true, mode: 0o711 });
    for (const name of shared.filter((entry) => existsSync(join(source, entry)))) {
      linkTree(join(source, name), join(dataDirectory, name));
    }
    copyFileSync(join(source, "metadata.db"), join(dataDirectory, "metadata.db"));
  } finally {
    release();
  }
}

/** Test files run at once, and share one machine. */
async function lock(directory: string): Promise<() => void> {
  for (;;) {
    try {
      return lockState(directory);
    } catch (error) {
      if (!isEngineError(error, "failed_precondition")) throw error;
      await delay(200);
    }
  }
}

/** Copies where the two are on different disks. */
function linkTree(from: string, to: string): void {
  try {
    execFileSync("cp", ["-al", from, to], { stdio: ["ignore", "ignore", "pipe"] });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync("cp", ["-a", from, to]);
  }
}

async function makeMissing(names: readonly string[], directory: string): Promise<void> {
  const runDirectory = mkdtempSync(join(tmpdir(), "ddi-"));
  chmodSync(runDirectory, 0o711);
  const database = new Database(join(directory, "metadata.db"));
  try {
    const storage = await openStorage({ dataRoot: directory, runRoot: runDirectory, db: database });
    const { content, layers, blobs, leases, gc } = storage;
    gc.addRoots(new ImageRoots(database, layers, blobs));
    const store = (tenant: string) =>
      new LocalImageStore({ tenant, database, content, layers, leases, usedBy: () => [] });
    const config = readConfig(["--data", directory, "--run", runDirectory], process.env);
    const baseImages = await openBaseImages(config, storage, database, store("-none"), (line) => console.error(line));
    try {
      const missing = new Set(baseImages.list().flatMap((image) => (image.ready ? [] : [image.name])));
      const images = store("-tests");
      for (const name of names.filter((wanted) => missing.has(wanted))) {
        await baseImages.ensure(name, { images });
        // The catalogue keeps it; a tenant that has it would only be in the way.
        images.remove(name, { force: true, prune: true });
      }
    } finally {
      await baseImages.close();
      await storage.close();
    }
  } finally {
    database.close();
    umount2(runDirectory, detach);
    rmSync(runDirectory, { recursive: true, force: true });
  }
}
