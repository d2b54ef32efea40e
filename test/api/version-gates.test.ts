import assert from "node:assert/strict";
import { test } from "node:test";
import { inject, type Injection } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

/** What a request asks of the engine, and the first version in which it does (Engine API version history). */
interface Gate {
  method?: string;
  path: string;
  body?: object;
  asked: (twin: Twin) => unknown;
  since: number;
  before: unknown;
  from: unknown;
}

const post = "POST";
const create = { method: post, path: "/containers/create?name=new" };
const base = (endpoint: object) => ({
  Image: "busybox",
  HostConfig: { NetworkMode: "base" },
  NetworkingConfig: { EndpointsConfig: { base: endpoint } },
});
const endpoint = (twin: Twin) => twin.lastCreate?.networks["base"];

const gates: Gate[] = [
  {
    method: post,
    path: "/containers/box/stop?signal=9",
    asked: ({ asked }) => asked.stop,
    since: 42,
    before: {},
    from: { signal: "9" },
  },
  {
    method: post,
    path: "/containers/box/restart?signal=9&t=3",
    asked: ({ asked }) => asked.restart,
    since: 42,
    before: { timeoutSeconds: 3 },
    from: { timeoutSeconds: 3, signal: "9" },
  },
  {
    method: post,
    path: "/containers/box/update",
    body: { PidsLimit: 7 },
    asked: ({ asked }) => asked.update?.pidsLimit,
    since: 40,
    before: undefined,
    from: 7,
  },
  {
    method: post,
    path: "/containers/box/update",
    body: { KernelMemory: 7 },
    asked: ({ asked }) => asked.update?.kernelMemory,
    since: 42,
    before: 7,
    from: undefined,
  },
  {
    method: post,
    path: "/containers/box/exec",
    body: { Cmd: ["sh"], Tty: true, ConsoleSize: [4, 5] },
    asked: ({ execs }) => [...execs.values()].at(-1)?.size,
    since: 42,
    before: undefined,
    from: { rows: 4, columns: 5 },
  },
  {
    ...create,
    body: base({ GwPriority: 3 }),
    asked: (twin) => endpoint(twin)?.gatewayPriority,
    since: 48,
    before: undefined,
    from: 3,
  },
  {
    ...create,
    body: base({ MacAddress: "02:42:ac:11:00:09" }),
    asked: (twin) => endpoint(twin)?.mac,
    since: 44,
    before: undefined,
    from: "02:42:ac:11:00:09",
  },
];

async function stage(): Promise<{ ask: (injection: Injection) => ReturnType<typeof inject>; twin: Twin }> {
  const twin = new Twin("alone");
  twin.addImage("busybox:latest");
  const { app } = makeApp(twin);
  const ask = (injection: Injection) => inject(app, injection);
  await ask({ method: post, path: "/networks/create", body: { Name: "base" } });
  await ask({ method: post, path: "/containers/create?name=box", body: { Image: "busybox" } });
  await ask({ method: post, path: "/containers/box/start" });
  return { ask, twin };
}

test("parameters that came later are passed over in the versions before, and those that went in the versions after", async () => {
  for (const { method = "GET", path, body, asked, since, before, from } of gates) {
    for (const minor of [24, since - 1, since, 50]) {
      const { ask, twin } = await stage();
      const answer = await ask({ method, path: `/v1.${minor}${path}`, ...(body === undefined ? {} : { body }) });
      assert.ok(answer.status < 300, answer.text);
      assert.deepEqual(asked(twin), minor < since ? before : from, `${path} in 1.${minor}`);
    }
  }
});

test("a condition to wait for is read since 1.30", async () => {
  const { ask, twin } = await stage();
  const refused = await ask({ method: post, path: "/v1.30/containers/box/wait?condition=x" });
  assert.equal(refused.status, 400);
  const { id } = twin.find("box");
  const heard = new Promise<void>((resolve) => {
    twin.exits.on("newListener", (name) => name === id && resolve());
  });
  const waited = ask({ method: post, path: "/v1.29/containers/box/wait?condition=x" });
  await Promise.race([heard, waited]);
  twin.exit("box", 3);
  assert.equal(((await waited).json as { StatusCode: number }).StatusCode, 3);
});

test("what is said of the host beside HostConfig counts until 1.44, as with dockerd: all of it alone, else the limits", async () => {
  const top = { Image: "busybox", memory: 33_554_432, Cpuset: "0", Binds: ["/tmp:/x"] };
  const asked = async (version: string, body: object) => {
    const { ask, twin } = await stage();
    await ask({ method: post, path: `/v${version}/containers/create?name=new`, body });
    const { memory, cpusetCpus, mounts } = twin.lastCreate?.host ?? {};
    return { memory, cpusetCpus, mounts: mounts?.length };
  };
  const nothing = { memory: 0, cpusetCpus: "", mounts: 0 };
  const limits = { memory: 33_554_432, cpusetCpus: "0", mounts: 0 };
  assert.deepEqual(await asked("1.43", top), { ...limits, mounts: 1 });
  assert.deepEqual(await asked("1.24", { ...top, HostConfig: {} }), limits);
  assert.deepEqual(await asked("1.24", { ...top, HostConfig: { Memory: 67_108_864 } }), {
    ...limits,
    memory: 67_108_864,
  });
  assert.deepEqual(await asked("1.44", top), nothing);
  assert.deepEqual(await asked("1.44", { ...top, HostConfig: {} }), nothing);
});

test("settings of eth0 are moved to the endpoint until 1.48, which asks for that", async () => {
  const option = "com.docker.network.endpoint.sysctls";
  const sysctls = { "net.ipv4.conf.eth0.log_martians": "1", "net.core.somaxconn": "5" };
  const body = base({ DriverOpts: { [option]: "net.ipv4.conf.IFNAME.forwarding=1" } });
  const withSysctls = { ...body, HostConfig: { ...body.HostConfig, Sysctls: sysctls } };
  const { ask, twin } = await stage();
  const made = await ask({ ...create, path: "/v1.47/containers/create", body: withSysctls });
  assert.deepEqual((made.json as { Warnings: string[] }).Warnings, [
    `Migrated sysctl "net.ipv4.conf.eth0.log_martians" to DriverOpts{"${option}":"net.ipv4.conf.IFNAME.log_martians=1"}.`,
  ]);
  assert.deepEqual(twin.lastCreate?.host.sysctls, { "net.core.somaxconn": "5" });
  assert.deepEqual(endpoint(twin)?.driverOptions, {
    [option]: "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=1",
  });
  const refused = await ask({ ...create, path: "/v1.48/containers/create", body: withSysctls });
  assert.equal(refused.status, 500);
  assert.match(refused.text, /interface specific sysctl setting .* must be supplied using driver option/);
  const other = { ...body, HostConfig: { ...body.HostConfig, Sysctls: { "net.ipv4.conf.eth1.forwarding": "1" } } };
  const lost = await ask({ ...create, path: "/v1.47/containers/create", body: other });
  assert.equal(lost.status, 500);
  assert.match(lost.text, /unable to determine network endpoint for sysctl net.ipv4.conf.eth1.forwarding/);
});

test("an address of the container's belongs to the network of its mode, and to no other since 1.44", async () => {
  const body = {
    Image: "busybox",
    MacAddress: "02:42:ac:11:00:05",
    NetworkingConfig: { EndpointsConfig: { base: {} } },
  };
  const { ask, twin } = await stage();
  assert.equal((await ask({ ...create, path: "/v1.43/containers/create", body })).status, 201);
  assert.equal(endpoint(twin)?.mac, body.MacAddress);
  const refused = await ask({ ...create, path: "/v1.44/containers/create", body });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks/);
});

test("a platform is read since 1.32", async () => {
  const { ask } = await stage();
  const pull = "/images/create?fromImage=busybox&platform=no/such/thing/at/all";
  assert.equal((await ask({ method: post, path: `/v1.31${pull}` })).status, 200);
  assert.equal((await ask({ method: post, path: `/v1.32${pull}` })).status, 400);
});

test("annotations have names since there are any", async () => {
  const { ask } = await stage();
  const body = { Image: "busybox", HostConfig: { Annotations: { "": "a" } } };
  assert.equal((await ask({ ...create, path: "/v1.42/containers/create", body })).status, 201);
  const refused = await ask({ ...create, path: "/v1.43/containers/create", body });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /the empty string is not permitted as an annotation key/);
});

test("an exec begins with the terminal's size that its start names since 1.42", async () => {
  for (const [minor, expected] of [
    [41, undefined],
    [42, { rows: 4, columns: 5 }],
  ] as const) {
    const { ask, twin } = await stage();
    await ask({ method: post, path: "/containers/box/start" });
    const made = await ask({ method: post, path: "/containers/box/exec", body: { Cmd: ["sh"], Tty: true } });
    const { Id } = made.json as { Id: string };
    const body = { Detach: true, Tty: true, ConsoleSize: [4, 5] };
    await ask({ method: post, path: `/v1.${minor}/exec/${Id}/start`, body });
    assert.deepEqual(twin.execs.get(Id)?.size, expected);
  }
});
