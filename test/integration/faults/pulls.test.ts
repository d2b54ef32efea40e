import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { memoryMachine } from "../../fakes/transfer.ts";
import { dockerClient } from "../../suites/docker-clients.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";
import { type FaultyProxy, startFaultyProxy } from "../remotes/faulty-proxy.ts";
import { startRegistry, type TestRegistry, whyNoRegistry } from "../remotes/registry.ts";
import { until } from "./http.ts";

// What remotes/faults.test.ts has of the parts, with all of a drydockd: its store on disk, its downloads in a thread.

const skip = whyNot() ?? whyNoRegistry() ?? false;
const engine = new Drydockd();
const { good } = engine;
const size = 6 << 20;
let registry: TestRegistry;
let proxy: FaultyProxy;
/** Of each test another one, which the machine has nothing of. */
let name: string;
let image: string;
let content: Buffer;

before(async () => {
  if (skip !== false) return;
  await engine.start();
  registry = await startRegistry();
  proxy = await startFaultyProxy(registry.host);
});
after(async () => {
  if (skip !== false) return;
  await proxy.stop();
  await registry.stop();
  await engine.dispose();
});
beforeEach(async () => {
  if (skip !== false) return;
  // Not to be taken for compressed.
  content = randomBytes(size);
  writeFileSync(join(engine.directory, "big"), content);
  const tar = execFileSync("tar", ["-C", engine.directory, "-cf", "-", "big"], { maxBuffer: 2 * size });
  name = `app-${randomBytes(4).toString("hex")}`;
  image = `${proxy.host}/${name}`;
  const source = memoryMachine();
  const { images, transfer } = source.tenant("t-source");
  await source.image(images, `${registry.host}/${name}`, [tar]);
  await transfer.push(`${registry.host}/${name}`);
  source.client.close();
  proxy.ranges.length = 0;
});

const blobs = () => join(engine.dataDirectory, "content/blobs/sha256");

async function isWhole(what = image): Promise<void> {
  good(await engine.docker("create", "--name", name, what, "/none"));
  const target = join(engine.directory, "copy");
  good(await engine.docker("cp", `${name}:/big`, target));
  assert.ok(content.equals(readFileSync(target)), "the file is another one");
  good(await engine.docker("rm", name));
}

test("a registry that drops at 90 % is asked for the rest", { skip }, async () => {
  proxy.next = "drop";
  const { stdout } = await engine.docker("pull", image);
  assert.match(stdout, /Downloaded newer image/);
  const resumed = proxy.ranges.filter((range) => range !== undefined);
  assert.match(resumed.join(), /^bytes=5\d{6}-$/);
  await isWhole();
});

test("a registry that lies about a digest is refused in words, and leaves nothing", { skip }, async () => {
  proxy.next = "lie";
  const { status, stderr } = await engine.docker("pull", image);
  assert.equal(status, 1);
  assert.match(stderr, /^filesystem layer verification failed for digest sha256:\w+\n$/);
  assert.equal((await engine.docker("inspect", image)).status, 1);
  assert.deepEqual(readdirSync(join(engine.dataDirectory, "content/ingest")), []);
  good(await engine.docker("pull", image));
  await isWhole();
});

test(
  "a pull whose client goes while the registry stalls ends, leaves nothing, and can be repeated",
  { skip },
  async () => {
    proxy.next = "stall";
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}` };
    const client = spawn(await dockerClient(), ["pull", image], { env, stdio: "ignore" });
    await proxy.stalled;
    client.kill("SIGINT");
    await once(client, "exit");
    await until("its half is gone", () => readdirSync(join(engine.dataDirectory, "content/ingest")).length === 0);
    assert.equal((await engine.docker("inspect", image)).status, 1);
    good(await engine.docker("pull", image));
    await isWhole();
  },
);

for (const [how, damage] of Object.entries({ "has other bytes": overwrite, "has lost its end": truncate })) {
  test(`a layer's blob that ${how} on disk is found, told of, and made anew by a push`, { skip }, async () => {
    good(await engine.docker("pull", image));
    const descriptor = JSON.parse(good(await engine.docker("manifest", "inspect", "--insecure", image))) as {
      layers: { digest: string }[];
    };
    await damage(join(blobs(), descriptor.layers[0]?.digest.slice(7) ?? ""));
    const elsewhere = await startRegistry();
    try {
      const target = `${elsewhere.host}/${name}`;
      good(await engine.docker("tag", image, target));
      const pushed = await engine.docker("push", target);
      assert.equal(pushed.status, 0, pushed.stderr);
      assert.match(pushed.stdout, /Damaged on disk, packing it again/);
      good(await engine.docker("rmi", image, target));
      good(await engine.docker("pull", target));
      await isWhole(target);
    } finally {
      await elsewhere.stop();
    }
  });
}

test("a damaged config or manifest is told of, and mended by a pull", { skip }, async () => {
  good(await engine.docker("pull", image));
  const id = good(await engine.docker("inspect", "-f", "{{.Id}}", image)).slice(7);
  const [repoDigest = ""] = JSON.parse(
    good(await engine.docker("inspect", "-f", "{{json .RepoDigests}}", image)),
  ) as string[];
  const manifest = repoDigest.slice(repoDigest.indexOf("sha256:") + 7);
  const target = `${registry.host}/again-${name}`;
  good(await engine.docker("tag", image, target));
  await overwrite(join(blobs(), id));
  assert.match((await engine.docker("push", target)).stderr, /is damaged on disk.*pull or load its image again/);
  await overwrite(join(blobs(), manifest));
  good(await engine.docker("pull", image));
  assert.match(good(await engine.docker("push", target)), new RegExp(`digest: sha256:${manifest} `));
});

/** Some of a file's bytes in its middle become others. */
async function overwrite(path: string): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  await file.write(Buffer.from("rot rot rot"), 0, 11, Math.floor(size / 2));
  await file.close();
}

async function truncate(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.truncate(1_000_000);
  await file.close();
}
