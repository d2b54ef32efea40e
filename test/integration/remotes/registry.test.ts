import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Manifest, mediaTypes } from "../../../server/engine/oci/types.ts";
import { BaseImages } from "../../../server/engine/builder/lower/base-image.ts";
import type { TransferProgress } from "../../../server/engine/remotes/remotes.ts";
import { memoryMachine } from "../../fakes/transfer.ts";
import { startRegistry, whyNoRegistry } from "./registry.ts";

const skip = whyNoRegistry() ?? false;

function statuses(): { lines: string[]; onProgress: (progress: TransferProgress) => void } {
  const lines: string[] = [];
  return { lines, onProgress: ({ id, status }) => void lines.push(id === undefined ? status : `${id}: ${status}`) };
}

test("an image pushed to docker-registry comes back the same", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const one = memoryMachine();
  const two = memoryMachine();
  t.after(() => [one, two].forEach(({ client }) => client.close()));
  const { images, transfer } = one.tenant("t-one");
  const name = `${registry.host}/team/app:v1`;
  const contents = ["first", Buffer.concat([Buffer.from("second"), randomBytes(3 << 20)]), "third", "fourth", "fifth"];
  const image = await one.image(images, name, contents);

  const push = statuses();
  const manifest = await transfer.push(name, { onProgress: push.onProgress });
  assert.equal(push.lines[0], `The push refers to repository [${registry.host}/team/app]`);
  assert.equal(push.lines.filter((line) => line.endsWith(": Pushed")).length, 5);
  assert.equal(push.lines.at(-1), `v1: digest: ${manifest.digest} size: ${manifest.size}`);
  assert.deepEqual(images.get(name).repoDigests, [`${registry.host}/team/app@${manifest.digest}`]);

  const other = two.tenant("t-two");
  const pull = statuses();
  const pulled = await other.transfer.pull(name, { onProgress: pull.onProgress });
  assert.equal(pulled.id, image.id);
  assert.deepEqual(
    [...two.layers.tars.values()],
    contents.map((bytes) => Buffer.from(bytes)),
  );
  assert.equal(pull.lines[0], "v1: Pulling from team/app");
  for (const status of ["Pulling fs layer", "Download complete", "Pull complete"]) {
    assert.equal(pull.lines.filter((line) => line.endsWith(`: ${status}`)).length, 5, status);
  }
  assert.deepEqual(pull.lines.slice(-2), [`Digest: ${manifest.digest}`, `Status: Downloaded newer image for ${name}`]);
  assert.equal(two.leases.held.size, 0);

  const again = statuses();
  await other.transfer.pull(name, { onProgress: again.onProgress });
  assert.deepEqual(
    again.lines,
    ["v1: Pulling from team/app", `Digest: ${manifest.digest}`, `Status: Image is up to date for ${name}`],
    "an image that is there is not spoken of by layers",
  );

  const byDigest = await other.transfer.pull(`${registry.host}/team/app@${manifest.digest}`);
  assert.equal(byDigest.id, image.id);
  assert.equal((await other.transfer.push(name)).digest, manifest.digest, "pushed again it keeps its digest");
});

test("a second repository gets its layers by mounting", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const { images, transfer } = machine.tenant("t-one");
  await machine.image(images, `${registry.host}/one`, ["a", "b"]);
  await transfer.push(`${registry.host}/one`);
  images.tag(`${registry.host}/one`, `${registry.host}/two`);
  const push = statuses();
  await transfer.push(`${registry.host}/two`, { onProgress: push.onProgress });
  assert.equal(push.lines.filter((line) => line.endsWith(": Mounted from one")).length, 2, push.lines.join("\n"));
});

test("a layer that two have is pushed as each got it: padded only by whose registry padded it", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const [ada, mallory, bob] = [machine.tenant("ada"), machine.tenant("mallory"), machine.tenant("bob")];
  const { id } = await machine.image(ada.images, `${registry.host}/ada/app:v1`, ["what both have"]);
  const { layers, config } = ada.images.get(id);
  await mallory.images.create({ config, layers, tags: [`${registry.host}/mallory/app:v1`] });
  // As after a pull of the same layer from a registry of his own.
  const padded = Buffer.concat([gzipSync("what both have"), Buffer.alloc(1 << 20)]);
  const { digest } = await machine.content.ingest(Readable.from([padded]), { ref: "padded" });
  const [layer] = layers;
  assert.ok(layer !== undefined);
  machine.blobs
    .of("mallory")
    .record(await machine.layers.diffId(layer), { digest, size: padded.length, mediaType: mediaTypes.dockerLayerGzip });
  const pushed = async ({ transfer }: typeof ada, name: string) => {
    const manifest = await transfer.push(`${registry.host}/${name}`);
    const bytes = await machine.content.read(manifest.digest);
    return { manifest, layers: (JSON.parse(bytes.toString()) as Manifest).layers.map((one) => one.digest) };
  };
  const his = await pushed(mallory, "mallory/app:v1");
  assert.deepEqual(his.layers, [digest]);
  const hers = await pushed(ada, "ada/app:v1");
  assert.notDeepEqual(hers.layers, [digest]);

  // Who pulls hers has her blob, though the layer was here already.
  await bob.transfer.pull(`${registry.host}/ada/app:v1`);
  assert.equal((await bob.transfer.push(`${registry.host}/ada/app:v1`)).digest, hers.manifest.digest);
});

test("skopeo reads what we push, and we read what skopeo pushes", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const machine = memoryMachine();
  const scratch = mkdtempSync(join(tmpdir(), "drydock-skopeo-"));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  t.after(() => machine.client.close());
  const { images, transfer } = machine.tenant("t-one");
  const image = await machine.image(images, `${registry.host}/app`, ["a", "b"]);
  const { digest } = await transfer.push(`${registry.host}/app`);
  const skopeo = (...args: string[]) => {
    const result = spawnSync("skopeo", args, { encoding: "utf8" });
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  };
  const source = `docker://${registry.host}/app`;
  assert.equal((JSON.parse(skopeo("inspect", "--tls-verify=false", source)) as { Digest: string }).Digest, digest);
  for (const format of ["oci", "v2s2"]) {
    const compression = format === "oci" ? "zstd" : "gzip";
    const target = `docker://${registry.host}/${format}`;
    const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    skopeo("copy", ...plain, "--format", format, "--dest-compress-format", compression, source, target);
    const fresh = memoryMachine();
    t.after(() => fresh.client.close());
    const pulled = await fresh.tenant("t-two").transfer.pull(`${registry.host}/${format}`);
    assert.deepEqual(pulled.config.config, image.config.config);
    assert.deepEqual(pulled.config.rootfs, image.config.rootfs);
  }
  skopeo("copy", "--src-tls-verify=false", source, `dir:${scratch}`);
  assert.ok(readdirSync(scratch).includes("manifest.json"));
  assert.ok(readFileSync(join(scratch, image.id.slice("sha256:".length))).length > 0);
});

test(
  "FROM takes of an OCI index what is for the platform that is asked for, and else this machine's",
  { skip },
  async (t) => {
    const registry = await startRegistry();
    t.after(registry.stop);
    const [one, two] = [memoryMachine(), memoryMachine()];
    t.after(() => [one, two].forEach(({ client }) => client.close()));
    const { images, transfer } = one.tenant("t-one");
    const [here, elsewhere] = process.arch === "arm64" ? ["arm64", "amd64"] : ["amd64", "arm64"];
    const manifests = [];
    for (const architecture of [elsewhere, here]) {
      await one.image(images, `${registry.host}/app:${architecture}`, [`for ${architecture}`], architecture);
      const { mediaType, digest, size } = await transfer.push(`${registry.host}/app:${architecture}`);
      manifests.push({ mediaType, digest, size, platform: { os: "linux", architecture } });
    }
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const put = await fetch(`http://${registry.host}/v2/app/manifests/latest`, {
      method: "PUT",
      headers: { "content-type": mediaType },
      body: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
    });
    assert.equal(put.status, 201, await put.text());

    const other = two.tenant("t-two");
    const from = async (architecture?: string): Promise<string> => {
      const options = { pull: false, anyPlatform: false, auth: undefined, signal: new AbortController().signal };
      const bases = new BaseImages({ ...options, images: other.images, transfer: other.transfer });
      const platform = architecture === undefined ? undefined : { os: "linux", architecture };
      return (await bases.resolve(`${registry.host}/app`, platform, () => {})).config.architecture;
    };
    for (const asked of [elsewhere, here, elsewhere, undefined, undefined]) {
      assert.equal(await from(asked), asked ?? here);
    }
    await assert.rejects(from("s390x"), /no matching manifest for linux\/s390x/);
  },
);

test("basic authentication: right, wrong and none", { skip }, async (t) => {
  const registry = await startRegistry("auth: {htpasswd: {realm: test, path: @directory@/htpasswd}}");
  t.after(registry.stop);
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const { images, transfer } = machine.tenant("t-one");
  const name = `${registry.host}/app`;
  await machine.image(images, name, ["a"]);
  const auth = { username: "user", password: "secret" };
  await assert.rejects(transfer.push(name), { name: "Unauthenticated", message: /no basic auth credentials/ });
  await transfer.push(name, { auth });
  await assert.rejects(transfer.pull(name), { name: "Unauthenticated", message: /no basic auth credentials/ });
  await assert.rejects(transfer.pull(name, { auth: { username: "user", password: "wrong" } }), {
    name: "Unauthenticated",
    message: /^pull access denied for .*app, repository does not exist or may require 'docker login': unauthorized:/,
  });
  assert.deepEqual((await transfer.pull(name, { auth })).tags, [`${name}:latest`]);
  await transfer.login(registry.host, auth);
  await assert.rejects(transfer.login(registry.host, { username: "user", password: "wrong" }), {
    name: "Unauthenticated",
  });
});

test("what is not there is told with dockerd's words", { skip }, async (t) => {
  const registry = await startRegistry();
  t.after(registry.stop);
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  const { images, transfer } = machine.tenant("t-one");
  await machine.image(images, `${registry.host}/app`, ["a"]);
  await transfer.push(`${registry.host}/app`);
  await assert.rejects(transfer.pull(`${registry.host}/app:nope`), {
    name: "NotFound",
    message: `manifest for ${registry.host}/app:nope not found: manifest unknown: manifest unknown`,
  });
  await assert.rejects(transfer.push("nope"), {
    name: "NotFound",
    message: "An image does not exist locally with the tag: nope",
  });
  await assert.rejects(transfer.pull("127.0.0.1:1/app"), {
    name: "Unavailable",
    message: /dial tcp 127\.0\.0\.1:1: connect: connection refused/,
  });
});

test(
  "a tenant kept from private networks cannot reach the host's registry unless it is listed",
  { skip },
  async (t) => {
    const registry = await startRegistry();
    t.after(registry.stop);
    const closed = memoryMachine();
    const open = memoryMachine({ trusted: [registry.host] });
    t.after(() => [open, closed].forEach(({ client }) => client.close()));
    const port = registry.host.split(":")[1];
    for (const host of [registry.host, `localhost:${port}`, `[::ffff:127.0.0.1]:${port}`, "169.254.169.254"]) {
      await assert.rejects(
        closed.tenant("t-one", false).transfer.pull(`${host}/app`),
        { name: /RuleRefusal|InvalidArgument/ },
        host,
      );
    }
    await assert.rejects(open.tenant("t-one", false).transfer.pull(`${registry.host}/app`), { name: "NotFound" });
  },
);
