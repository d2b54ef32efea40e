/** What a policy says of the way out, on packets and names. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createSocket } from "node:dgram";
import { encodeResponse, parseQuery, rcodes, recordTypes } from "../../../server/engine/network/dns/codec.ts";
import { addressBytes } from "../../../server/engine/network/cidr.ts";
import { Links } from "../../../server/engine/network/netlink/links.ts";
import { udpSocket } from "../../../server/engine/network/netlink/netns-sockets.ts";
import { download } from "../../../server/engine/builder/ops/fetch-url.ts";
import { isEngineError } from "../../../server/engine/errdefs/errors.ts";
import { HttpClient } from "../../../server/engine/remotes/http-client.ts";
import { HttpUrlSource } from "../../../server/engine/remotes/url-source.ts";
import { type Policy, policies } from "../../../server/engine/tenants/policy.ts";
import { hostAddress, internet, Machine, options, resolve, talk, tcpEcho, tenant } from "./fixture.ts";

/** Further addresses of the outside. */
const packages = "203.0.113.20";
const elsewhere = "203.0.113.21";
const office = "192.168.77.5";
const neighbour = "192.168.77.6";

const machine = await Machine.create();
after(() => machine.close());
using far = new Links(machine.outside.netns);
for (const address of [packages, elsewhere]) far.addAddress(far.index("eth0") ?? 0, address, 32);
for (const address of [office, neighbour]) far.addAddress(far.index("eth0") ?? 0, address, 24);
using near = new Links();
near.addAddress(near.index("card") ?? 0, "192.168.77.1", 24);
const host = await machine.engine();
const servers = [await tcpEcho(machine.outside, 80)];
after(() => servers.forEach((server) => server[Symbol.dispose]()));

/** Names of the outside. */
const zone: Record<string, string[]> = {
  "deb.example": [packages],
  "cdn.deb.example": [packages],
  "evil.example": [elsewhere],
  "inside.deb.example": [office],
};
const dns = createSocket("udp4");
dns.on("message", (message, from) => {
  const query = parseQuery(message);
  const found = zone[query?.question?.name ?? ""];
  if (query === undefined) return;
  const answers = (found ?? []).map((address) => ({ type: recordTypes.A, ttl: 5, data: addressBytes(address) }));
  const response = encodeResponse(query, found === undefined ? rcodes.NXDOMAIN : rcodes.NOERROR, answers);
  dns.send(response, from.port, from.address);
});
dns.bind({ fd: udpSocket(machine.outside.netns, "0.0.0.0", 53) });
after(() => dns.close());

/** A tenant under the policy `public` with these rules; they may change. */
async function learner(id: string, rules: Partial<Policy>, dnsServers: string[] = []) {
  const current = { ...policies.public, ...rules };
  const service = host.service({ ...tenant(id, "public"), rules: current });
  await service.create({ name: "net" });
  const container = await machine.container({ user: true });
  await service.sandboxes.open(options(id, container, [id], dnsServers));
  const endpoint = await service.sandboxes.connect(id, service.get("net").id);
  return { ...container, endpoint, rules: current };
}

test("a learner reaches the Internet, and no private network of the machine's", async () => {
  const learnerOne = await learner("one", {});
  assert.equal(await talk(learnerOne, internet, 80), hostAddress);
  assert.deepEqual(await resolve(learnerOne, "deb.example"), [packages], "and its names, by the embedded DNS");
  assert.equal(await talk(undefined, office, 80), "192.168.77.1", "the machine itself does");
  assert.equal(await talk(learnerOne, office, 80), "unreachable");
  Object.assign(learnerOne.rules, { privateAddresses: true });
  await host.refreshFirewall();
  assert.notEqual(await talk(learnerOne, office, 80), "unreachable", "where the operator allows it");
});

test("of a private network only the ports in privateHosts are reached, and package-sources is what the machine says", async () => {
  const learnerOne = await learner("mirror", { privateHosts: [`${office}:80`] });
  assert.equal(await talk(learnerOne, office, 80), "192.168.77.1");
  assert.equal(await talk(learnerOne, office, 81), "unreachable", "no other port there");
  assert.equal(await talk(learnerOne, neighbour, 80), "unreachable", "no other address at that port");
  const [shut, sources] = [await learner("shut-in", { privateHosts: [] }), await learner("sources", {})];
  host.waysOut.packageSources = [{ address: neighbour, port: 80 }];
  await host.refreshFirewall();
  assert.equal(await talk(sources, neighbour, 80), "192.168.77.1");
  assert.equal(await talk(sources, office, 80), "unreachable");
  assert.equal(await talk(shut, neighbour, 80), "unreachable", "the operator takes it out of the list");
  Object.assign(sources.rules, { egress: "none" });
  await host.refreshFirewall();
  assert.equal(await talk(sources, neighbour, 80), "unreachable", "egress is asked as well");
});

test("what the engine fetches for a learner is let out as its containers are", async () => {
  const privateHosts = [`${office}:80`, "192.168.77.1:80"];
  const addresses = host.waysOut.addresses({ ...policies.public, privateHosts });
  const client = new HttpClient();
  after(() => client.close());
  const urls = new HttpUrlSource(client, () => addresses);
  const { signal } = new AbortController();
  const ways = {
    "a registry, docker import": (url: string) =>
      client.request({ method: "GET", url: new URL(url), signal }, addresses),
    ADD: (url: string) => download(url, "/dev/null", { urls, checksum: undefined, signal, onProgress: () => {} }),
  };
  for (const [way, fetch] of Object.entries(ways)) {
    // Nobody there speaks HTTP: who gets to it fails by that.
    const refused = (url: string) =>
      fetch(url).then(
        () => assert.fail(`${way}: ${url} answered`),
        (error: unknown) => isEngineError(error, "permission_denied"),
      );
    assert.equal(await refused(`http://${office}/`), false, way);
    assert.equal(await refused(`http://${office}:81/`), true, `${way}: no other port there`);
    assert.equal(await refused(`http://${neighbour}/`), true, `${way}: no other address at that port`);
    assert.equal(await refused("http://192.168.77.1/"), true, `${way}: not the machine itself`);
  }
});

test("without a way out nothing is reached, and no name of the outside is asked for", async () => {
  const shut = await learner("shut", { egress: "none" });
  assert.equal(await talk(shut, internet, 80), "unreachable");
  assert.equal(await resolve(shut, "deb.example"), rcodes.REFUSED);
  assert.deepEqual(await resolve(shut, "shut"), [shut.endpoint.ipv4], "its own names it has");
});

test("of package registries only what their names lead to is reached, from when they were asked for", async () => {
  const listed = await learner("listed", { egress: "registries", packageHosts: ["deb.example", "*.deb.example"] });
  assert.equal(await talk(listed, packages, 80), "unreachable", "not before");
  assert.deepEqual(await resolve(listed, "deb.example"), [packages]);
  assert.equal(await talk(listed, packages, 80), hostAddress);
  assert.equal(await talk(listed, elsewhere, 80), "unreachable");
  assert.equal(await resolve(listed, "evil.example"), rcodes.REFUSED);
  assert.equal(await resolve(listed, "notdeb.example"), rcodes.REFUSED);
  assert.equal(await resolve(listed, "secret-data.evil.example"), rcodes.REFUSED, "names carry nothing out");
  assert.deepEqual(await resolve(listed, "cdn.deb.example"), [packages]);
  const other = await learner("other", { egress: "registries", packageHosts: ["deb.example"] });
  assert.equal(await talk(other, packages, 80), "unreachable", "what one asked for is open to that one");
});

test("a registry's name that leads to a private address opens nothing", async () => {
  const listed = await learner("rebind", { egress: "registries", packageHosts: ["*.deb.example"] });
  assert.deepEqual(await resolve(listed, "inside.deb.example"), [office]);
  assert.equal(await talk(listed, office, 80), "unreachable");
});

test("a name server of the learner's own choice does not say where registries are", async () => {
  const liar = await learner("liar", { egress: "registries", packageHosts: ["deb.example"] }, [elsewhere]);
  assert.deepEqual(await resolve(liar, "deb.example"), [packages], "the machine's servers are asked");
});

test("what was open stays open while the rules are written anew, and is shut when the policy changes", async () => {
  const listed = await learner("later", { egress: "registries", packageHosts: ["deb.example"] });
  await resolve(listed, "deb.example");
  await host.refreshFirewall();
  assert.equal(await talk(listed, packages, 80), hostAddress);
  Object.assign(listed.rules, { egress: "none" });
  await host.refreshFirewall();
  assert.equal(await talk(listed, packages, 80), "unreachable");
  Object.assign(listed.rules, { egress: "all" });
  await host.refreshFirewall();
  assert.equal(await talk(listed, elsewhere, 80), hostAddress);
});
