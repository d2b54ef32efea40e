import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { UsageSample } from "#contract/extension-api.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot() ?? false;
let engine: Drydockd;
let address = "";

before(async () => {
  if (skip !== false) return;
  address = `127.0.0.1:${await freePort()}`;
  engine = new Drydockd({ settings: { "metrics-addr": address } });
  await engine.start();
});
after(async () => {
  if (skip === false) await engine.dispose();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ask = async (path: string) => {
  const answer = await fetch(`http://${address}${path}`);
  return { status: answer.status, type: answer.headers.get("content-type") ?? "", text: await answer.text() };
};

test(
  "Prometheus is told of requests, the disk and each tenant, on an address with nothing else",
  { skip },
  async () => {
    await engine.tenant("ada", "class", { memory: 64 * 2 ** 20 });
    assert.equal((await engine.call("GET", "/containers/none/json")).status, 404);
    const { status, type, text } = await ask("/metrics");
    assert.equal(status, 200);
    assert.match(type, /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^drydock_tenants 2$/m);
    assert.match(text, /^drydock_containers\{state="running"\} 0$/m);
    assert.match(text, /^drydock_tenant_limit\{tenant="operator",limit="concurrentBuilds"\} 4$/m);
    assert.match(text, /^drydock_disk_free_bytes [1-9]\d*$/m);
    assert.match(
      text,
      /^drydock_api_request_seconds_count\{method="GET",route="\/containers\/\{id\}\/json",status="404"\} 1$/m,
    );
    assert.match(text, /^drydock_nodejs_eventloop_lag_p99_seconds /m);
    assert.equal((await ask("/drydock/v1/tenants")).status, 404);
    assert.equal((await ask("/containers/json")).status, 404);
    const own = await engine.call("GET", "/metrics");
    assert.match(own.text, /^drydock_tenants 2$/m, "and on the operator's socket");
  },
);

test("probes are answered, and not on a tenant's socket", { skip }, async () => {
  for (const path of ["/healthz", "/readyz"]) {
    const { status, text } = await ask(path);
    assert.deepEqual([status, JSON.parse(text)], [200, { status: "ok", problems: [] }]);
  }
  const { socket } = await engine.tenant("bob", "class");
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    assert.equal((await engine.call("GET", path, undefined, socket)).status, 404, path);
  }
});

test("usage over time is asked for by tenant", { skip }, async () => {
  const { status, text } = await engine.call("GET", "/drydock/v1/tenants/operator/usage");
  assert.equal(status, 200);
  assert.ok(Array.isArray(JSON.parse(text) as UsageSample[]));
  assert.equal((await engine.call("GET", "/drydock/v1/tenants/nobody/usage")).status, 404);
});
