import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { DiskFull, RuleRefusal } from "../../../server/engine/errdefs/errors.ts";
import { digestOf } from "../../../server/engine/oci/digest.ts";
import { memoryMachine } from "../../fakes/transfer.ts";
import { anyAddress } from "#engine/network/address-rule.ts";
import { tokenRegistry } from "./token-registry.ts";

const layer = Buffer.from("layer ".repeat(50_000));

async function setup(t: TestContext, behaviour: Parameters<typeof tokenRegistry>[1] = {}) {
  const registry = await tokenRegistry(layer, behaviour);
  const machine = memoryMachine();
  t.after(() => machine.client.close());
  t.after(registry.close);
  const name = `${registry.host}/team/app`;
  return { registry, machine, name, ...machine.tenant("t-one") };
}

test("an anonymous token is fetched once, with scope and service, for an index of platforms", async (t) => {
  const { registry, transfer, name } = await setup(t);
  const image = await transfer.pull(name);
  assert.equal(registry.tokens.length, 1);
  assert.equal(registry.tokens[0]?.get("scope"), "repository:team/app:pull");
  assert.equal(registry.tokens[0]?.get("service"), "test, quoted");
  assert.deepEqual(image.repoDigests, [`${name}@${digestOf(registry.index)}`]);
  assert.equal(image.manifest?.digest, digestOf(registry.manifest));
  await transfer.pull(`${name}@${digestOf(registry.manifest)}`);
});

test("a Docker manifest list is read as an OCI index is", async (t) => {
  const { registry, transfer, name, machine } = await setup(t, { dockerTypes: true });
  const image = await transfer.pull(name);
  assert.deepEqual(image.repoDigests, [`${name}@${digestOf(registry.index)}`]);
  assert.equal(image.manifest?.digest, digestOf(registry.manifest));
  assert.deepEqual([...machine.layers.tars.values()], [layer]);
});

test("credentials go to the token server, an identity token is refreshed, a registry token is used as it is", async (t) => {
  const { registry, transfer, name } = await setup(t, { login: "user:secret" });
  await assert.rejects(transfer.pull(name), { name: "Unauthenticated", message: /^pull access denied for / });
  await assert.rejects(transfer.pull(name, { auth: { username: "user", password: "no" } }), {
    name: "Unauthenticated",
  });
  await transfer.pull(name, { auth: { username: "user", password: "secret" } });
  const domain = name.split("/", 1)[0] ?? "";
  await transfer.login(domain, { username: "user", password: "secret" });
  await assert.rejects(transfer.login(domain, { username: "user", password: "no" }), { name: "Unauthenticated" });
  await transfer.pull(name, { auth: { identityToken: "identity" } });
  assert.equal(registry.tokens.at(-1)?.get("grant_type"), "refresh_token");
  const before = registry.tokens.length;
  await transfer.pull(name, { auth: { registryToken: "good" } });
  assert.equal(registry.tokens.length, before);
  assert.ok(
    !registry.seen.some(({ url, authorization }) => !url.startsWith("/token") && authorization?.startsWith("Basic")),
  );
});

test("a pull ends where its tenant's room ends, and another's goes on", async (t) => {
  const { machine, name } = await setup(t);
  const full = () => new DiskFull("no space left on device: 1 of 1 are used");
  for (const room of [0, layer.length - 1]) {
    const { images, transfer } = machine.tenant("t-full", true, { disk: () => ({ room, full }) });
    await assert.rejects(transfer.pull(name), { name: "DiskFull", message: /^no space left on device/ });
    assert.deepEqual(images.list(), []);
  }
  const { transfer } = machine.tenant("t-roomy", true, { disk: () => ({ room: 2 * layer.length, full }) });
  assert.equal((await transfer.pull(name)).layers.length, 1);
});

test("who names what another has is given it only if the registry has it, and is asked for all of it", async (t) => {
  const { machine, registry, name, transfer } = await setup(t);
  await transfer.pull(name);
  const blobRequests = ({ seen }: Pick<typeof registry, "seen">) => seen.filter(({ url }) => url.includes("/blobs/"));
  const forger = await tokenRegistry(layer, { forgedBlob: Buffer.from("anything") });
  t.after(forger.close);
  const stranger = machine.tenant("t-stranger");
  await assert.rejects(stranger.transfer.pull(`${forger.host}/team/app`), { name: /^(DataLoss|Unavailable)$/ });
  assert.deepEqual(stranger.images.list(), []);
  // The same from a registry that has it: it sees no difference from a pull of what nobody has.
  const other = await tokenRegistry(layer);
  t.after(other.close);
  const requests = blobRequests(registry).length;
  await stranger.transfer.pull(`${other.host}/team/app`);
  assert.equal(blobRequests(other).length, requests);
  assert.equal(machine.layers.unpackings, 2, "nor in what is done with it");
  // From the repository that others have it from nothing is sent again.
  await machine.tenant("t-mate").transfer.pull(name);
  assert.equal(blobRequests(registry).length, requests);
  assert.equal(machine.layers.unpackings, 2);
  assert.equal(machine.layers.applied, 1, "and it is kept once");
});

test("a pull of private content does the same, whoever else has it", async (t) => {
  const { machine, registry, name } = await setup(t, { login: "user:secret" });
  const auth = { username: "user", password: "secret" };
  /** what a pull by somebody new asks of the registry, has unpacked and tells */
  const pull = async (tenant: string) => {
    const [asked, unpacked] = [registry.seen.length, machine.layers.unpackings];
    const told: object[] = [];
    await machine.tenant(tenant).transfer.pull(name, { auth, onProgress: (progress) => told.push(progress) });
    return {
      // How the registry speaks is asked by the first who ever does.
      requests: registry.seen.slice(asked).flatMap(({ method, url }) => (url === "/v2/" ? [] : [`${method} ${url}`])),
      unpackings: machine.layers.unpackings - unpacked,
      told,
    };
  };
  const first = await pull("t-first");
  assert.equal(first.unpackings, 1);
  assert.ok(first.requests.filter((request) => request.includes("/blobs/")).length >= 2);
  assert.deepEqual(await pull("t-second"), first);
  assert.equal(machine.layers.applied, 1, "it is kept once all the same");
  // Who has it need not be sent it again.
  const again = registry.seen.length;
  await machine.tenant("t-second").transfer.pull(name, { auth });
  const blobs = registry.seen.slice(again).filter(({ url }) => url.includes("/blobs/"));
  assert.deepEqual(blobs, []);
});

test("two that pull private content at the same time are each sent all of it", async (t) => {
  const { machine, registry, name } = await setup(t, { login: "user:secret" });
  const auth = { username: "user", password: "secret" };
  await Promise.all(["t-first", "t-second"].map((tenant) => machine.tenant(tenant).transfer.pull(name, { auth })));
  const asked = registry.seen.filter(({ url }) => url.includes(`/blobs/${digestOf(layer)}`));
  assert.equal(asked.length, 2);
});

test("a registry that its tenant may not reach is asked nothing", async (t) => {
  const { machine, registry, name } = await setup(t);
  const checkReach = (domain: string) => {
    throw new RuleRefusal("egress", `Reaching the registry ${domain} is not allowed`);
  };
  const { transfer } = machine.tenant("t-shut", true, { reach: { addresses: anyAddress, checkReach } });
  const domain = name.split("/", 1)[0] ?? "";
  for (const asked of [
    transfer.pull(name),
    transfer.pull(name, { allTags: true }),
    transfer.inspect(name),
    transfer.login(domain, { username: "user", password: "secret" }),
  ]) {
    await assert.rejects(asked, { name: "RuleRefusal", message: `Reaching the registry ${domain} is not allowed` });
  }
  assert.deepEqual(registry.seen, []);
});

test("a redirect to another host takes no credentials along", async (t) => {
  const { registry, transfer, name } = await setup(t, { redirectBlobs: true });
  await transfer.pull(name);
  const elsewhere = registry.seen.filter(({ url }) => url.startsWith("/sha256:"));
  assert.equal(elsewhere.length, 2);
  assert.ok(elsewhere.every(({ authorization }) => authorization === undefined));
});

for (const ignoreRange of [false, true]) {
  test(`a broken download goes on where it was${ignoreRange ? ", though the server knows no ranges" : ""}`, async (t) => {
    const { registry, transfer, name, machine } = await setup(t, { breaks: { after: 100_000, times: 2 }, ignoreRange });
    await transfer.pull(name);
    assert.deepEqual([...machine.layers.tars.values()], [layer]);
    const ranges = registry.seen.flatMap(({ range }) => (range === undefined ? [] : [range]));
    assert.equal(ranges.length, 2);
    assert.ok(ranges.every((range) => /^bytes=[1-9][0-9]*-$/.test(range)));
  });
}

test("an overloaded registry is asked again, a refusing one is not", async (t) => {
  const busy = await setup(t, { failures: { status: 503, times: 2 } });
  await busy.transfer.pull(busy.name);
  const refusing = await setup(t, { failures: { status: 404, times: 100 } });
  await assert.rejects(refusing.transfer.pull(refusing.name), { name: "NotFound" });
  assert.equal(refusing.registry.seen.filter(({ url }) => url.includes("/blobs/")).length, 1);
});

test("bytes that are not what the digest says are refused, and nothing is kept", async (t) => {
  for (const forgedBlob of [Buffer.from("forged"), Buffer.alloc(1 << 20, "x")]) {
    const { transfer, name, images, machine } = await setup(t, { forgedBlob });
    await assert.rejects(transfer.pull(name), { name: /DataLoss|Unavailable/ });
    assert.deepEqual(images.list(), []);
    assert.equal(machine.layers.applied, 0);
    assert.equal(machine.leases.held.size, 0);
  }
});

test("two tenants pulling the same image transfer and unpack it once", async (t) => {
  const { registry, transfer, name, machine } = await setup(t);
  const other = machine.tenant("t-two");
  const [one, two] = await Promise.all([transfer.pull(name), other.transfer.pull(name)]);
  assert.equal(one.id, two.id);
  assert.equal(machine.layers.applied, 1);
  assert.equal(registry.seen.filter(({ url }) => url.endsWith(`/blobs/${digestOf(layer)}`)).length, 1);
});

test("a cancelled pull ends at once and keeps no lease; another one of the same image goes on", async (t) => {
  const { transfer, name, machine, images } = await setup(t);
  const stop = new AbortController();
  const other = machine.tenant("t-two");
  const first = transfer.pull(name, {
    signal: stop.signal,
    onProgress: ({ status }) => {
      if (status === "Pulling fs layer") {
        stop.abort();
      }
    },
  });
  const second = other.transfer.pull(name);
  await assert.rejects(first, { name: "Cancelled" });
  await second;
  assert.deepEqual(images.list(), []);
  assert.equal(machine.leases.held.size, 0);
});

test("a denied repository is told with dockerd's words", async (t) => {
  const { transfer, name } = await setup(t);
  await assert.rejects(transfer.pull(`${name}:private`), {
    name: "NotFound",
    message: `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
  });
  const platform = { os: "linux", architecture: "s390x" };
  await assert.rejects(transfer.pull(name, { platform }), {
    name: "NotFound",
    message: /no matching manifest for linux\/s390x/,
  });
});

test("a push asks a busy token server again, and tells what a refusing one says", async (t) => {
  const tokenFailures: { status: number; body: string }[] = [];
  const { transfer, name } = await setup(t, { tokenFailures });
  await transfer.pull(name);
  const say = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });
  tokenFailures.push(
    { status: 503, body: say("UNAVAILABLE", "cannot create token at this time") },
    { status: 429, body: say("TOOMANYREQUESTS", "out of tokens") },
  );
  await assert.rejects(transfer.push(name), { name: "ResourceExhausted", message: "toomanyrequests: out of tokens" });
  for (const [body, words] of [
    ["<html>", `invalid character '<' looking for beginning of value: "<html>"`],
    ["no way", `.*: "no way"`],
  ] as const) {
    tokenFailures.push({ status: 403, body });
    await assert.rejects(transfer.push(name), {
      message: new RegExp(`^error parsing HTTP 403 response body: ${words}$`),
    });
  }
  assert.deepEqual(tokenFailures, []);
});
