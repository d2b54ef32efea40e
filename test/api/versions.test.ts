import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../../server/engine/network/network-service.ts";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

/** Where in an answer, and the first version that has it, or that has it no more (Engine API version history). */
interface Row {
  path: string;
  field: string;
  from?: string;
  before?: string;
}

const inspect = "/containers/box/json";
const image = "/images/busybox/json";
const rows: Row[] = [
  { path: "/info", field: "KernelMemory", before: "1.42" },
  { path: "/info", field: "BridgeNfIptables", before: "1.50" },
  { path: "/info", field: "BridgeNfIp6tables", before: "1.50" },
  { path: "/info", field: "ExecutionDriver", before: "1.25" },
  { path: "/info", field: "RuncCommit.Expected", before: "1.49" },
  { path: "/info", field: "RegistryConfig.AllowNondistributableArtifactsCIDRs", before: "1.49" },
  { path: "/info", field: "Runtimes.crun.status", from: "1.44" },
  { path: "/networks/base", field: "EnableIPv4", from: "1.48" },
  { path: "/info", field: "FirewallBackend.Driver", from: "1.49" },
  { path: "/networks", field: "0.Containers.CONTAINER", before: "1.28" },
  { path: "/containers/json", field: "0.HostConfig.Annotations.a", from: "1.46" },
  { path: "/system/df", field: "Containers.0.HostConfig.Annotations.a", from: "1.46" },
  { path: "/system/df", field: "BuilderSize", before: "1.42" },
  { path: "/system/df", field: "BuildCache.0.Parent", before: "1.42" },
  { path: "/system/df", field: "BuildCache.0.Parents", from: "1.42" },
  { path: "/system/df?type=volume", field: "Images.0", before: "1.42" },
  { path: "/system/df", field: "Images.0.VirtualSize", before: "1.44" },
  { path: "/images/json", field: "0.VirtualSize", before: "1.44" },
  { path: image, field: "VirtualSize", before: "1.44" },
  { path: image, field: "Container", before: "1.45" },
  { path: image, field: "ContainerConfig.Volumes", from: "1.24" },
  { path: image, field: "Config.Hostname", before: "1.50" },
  { path: image, field: "Config.StdinOnce", before: "1.50" },
  { path: image, field: "Config.Entrypoint", from: "1.24" },
  { path: inspect, field: "NetworkSettings.Networks.base.DNSNames", from: "1.24" },
  { path: inspect, field: "NetworkSettings.SecondaryIPAddresses", from: "1.24" },
  { path: inspect, field: "NetworkSettings.Networks.base.Aliases.1", before: "1.45" },
];

const number = (version: string) => Number(version.split(".")[1]);

async function app() {
  const twin = new Twin("alone");
  twin.addImage("busybox:latest");
  const { app } = makeApp(twin);
  await inject(app, { method: "POST", path: "/networks/create", body: { Name: "base" } });
  const networks = { EndpointsConfig: { base: {} } };
  const host = { NetworkMode: "base", Annotations: { a: "b" } };
  const body = { Image: "busybox", Hostname: "h", HostConfig: host, NetworkingConfig: networks };
  await inject(app, { method: "POST", path: "/containers/create?name=box", body });
  await inject(app, { method: "POST", path: "/containers/box/start" });
  const network = twin.engine.networks.get("base");
  twin.endpoints.push({
    networkId: network.id,
    sandboxId: twin.find("box").id,
    mac: "",
    ipv4: "",
    ipv6: "",
  } as Endpoint);
  twin.cacheRecords.push({ id: "b", parents: ["a"], type: "regular", bytes: 5, createdAt: 1, lastUsedAt: 1 } as never);
  return { app, twin };
}

/** Whether there is something at a path of names with dots between. */
function has(value: unknown, path: string): boolean {
  const [name = "", ...rest] = path.split(".");
  if (typeof value !== "object" || value === null || !(name in value)) return false;
  return rest.length === 0 || has((value as Record<string, unknown>)[name], rest.join("."));
}

test("answers have the fields of the version that the client asks in", async () => {
  const { app: api, twin } = await app();
  for (const { path, field, from = "1.24", before = "1.51" } of rows) {
    for (let minor = 24; minor <= 50; minor++) {
      const { json, status } = await inject(api, { path: `/v1.${minor}${path}` });
      assert.equal(status, 200, path);
      const place = field.replace("CONTAINER", twin.find("box").id);
      const expected = minor >= number(from) && minor < number(before);
      assert.equal(has(json, place), expected, `${path} in 1.${minor}: ${field}`);
    }
  }
});

test("old clients are not told of unfiltered bridges, of which they would warn", async () => {
  const { app: api } = await app();
  const bridgeFilter = async (version: string) => {
    const { json } = await inject(api, { path: `/v${version}/info` });
    const { BridgeNfIptables, BridgeNfIp6tables } = json as Record<string, unknown>;
    return [BridgeNfIptables, BridgeNfIp6tables];
  };
  assert.deepEqual(await bridgeFilter("1.41"), [true, true]);
  assert.deepEqual(await bridgeFilter("1.48"), [false, false]);
});

/** What a client asks for at create, what inspect shows then, and from which version on. */
const requests: { host: object; field: string; from?: string; before?: string }[] = [
  { host: { Annotations: { a: "b" } }, field: "Annotations", from: "1.43" },
  { host: { Mounts: [bind({ NonRecursive: true })] }, field: "Mounts.0.BindOptions.NonRecursive", from: "1.40" },
  {
    host: { Mounts: [bind({ CreateMountpoint: true })] },
    field: "Mounts.0.BindOptions.CreateMountpoint",
    from: "1.42",
  },
];

function bind(BindOptions: object): object {
  return { Type: "bind", Source: "/tmp", Target: "/t", BindOptions };
}

test("fields of requests that came later are passed over in the versions before", async () => {
  for (const { host, field, from = "1.24" } of requests) {
    for (let minor = 24; minor <= 50; minor++) {
      const { app: api } = await app();
      const body = { Image: "busybox", HostConfig: host };
      const made = await inject(api, { method: "POST", path: `/v1.${minor}/containers/create?name=new`, body });
      assert.equal(made.status, 201, made.text);
      const { json } = await inject(api, { path: "/containers/new/json" });
      assert.equal(has(json, `HostConfig.${field}`), minor >= number(from), `1.${minor}: ${field}`);
    }
  }
});

test("what a version does not have is refused where passing it over would do harm", async () => {
  const { app: api } = await app();
  const refusals: [string, object, RegExp][] = [
    ["1.43", bind({ ReadOnlyForceRecursive: true }), /^BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer$/],
    ["1.44", volume({ Subpath: "x" }), /^VolumeOptions.Subpath needs API v1.45 or newer$/],
    ["1.47", { Type: "image", Source: "busybox", Target: "/i" }, /^Mount type "Image" needs API v1.48 or newer$/],
    ["1.42", { ...bind({}), TmpfsOptions: {} }, /^TmpfsOptions must not be specified on mount type "bind"$/],
    ["1.48", { ...bind({}), ImageOptions: {} }, /type "bind": field ImageOptions must not be specified$/],
    ["1.48", { ...volume({}), ImageOptions: {} }, /type "volume": field ImageOptions must not be specified$/],
    ["1.48", { ...tmpfs([]), ImageOptions: {} }, /type "tmpfs": field ImageOptions must not be specified$/],
    ["1.46", tmpfs([[]]), /^invalid mount config for type "tmpfs": invalid option array length$/],
    ["1.46", tmpfs([["noexec", "a", "b"]]), /^invalid mount config for type "tmpfs": invalid option array length$/],
  ];
  for (const [version, mount, message] of refusals) {
    const body = { Image: "busybox", HostConfig: { Mounts: [mount] } };
    const answer = await inject(api, { method: "POST", path: `/v${version}/containers/create`, body });
    assert.equal(answer.status, 400);
    assert.match((answer.json as { message: string }).message, message);
  }
});

test("modes that there are none of are refused at the creation since 1.44", async () => {
  const { app: api } = await app();
  const refusals: [object, string][] = [
    [{ IpcMode: "nope" }, "invalid IPC mode: nope"],
    [{ PidMode: "nope" }, "invalid PID mode: nope"],
    [{ UTSMode: "nope" }, "invalid UTS mode: nope"],
    [{ CpuShares: -1 }, "invalid CPU shares (-1): value must be a positive integer"],
  ];
  for (const [HostConfig, message] of refusals) {
    const body = { Image: "busybox", HostConfig };
    const before = await inject(api, { method: "POST", path: "/v1.43/containers/create", body });
    assert.equal(before.status, 201);
    const answer = await inject(api, { method: "POST", path: "/v1.44/containers/create", body });
    assert.deepEqual([answer.status, answer.json], [400, { message }]);
  }
});

test("of a health check what is empty is left out, and that there is one is shown", async () => {
  const { app: api } = await app();
  for (const [name, Healthcheck, shown] of [
    ["none", undefined, undefined],
    ["empty", { Test: [], Interval: 0 }, {}],
    ["some", { Test: ["CMD", "true"], Retries: 0, StartInterval: 1e9 }, { Test: ["CMD", "true"], StartInterval: 1e9 }],
  ] as const) {
    const body = { Image: "busybox", Healthcheck };
    await inject(api, { method: "POST", path: `/containers/create?name=${name}`, body });
    const { json } = await inject(api, { path: `/containers/${name}/json` });
    assert.deepEqual((json as { Config: { Healthcheck?: object } }).Config.Healthcheck, shown);
  }
});

function tmpfs(Options: string[][]): object {
  return { Type: "tmpfs", Target: "/t", TmpfsOptions: { Options } };
}

function volume(VolumeOptions: object): object {
  return { Type: "volume", Source: "data", Target: "/t", VolumeOptions };
}

test("the address that was the container's is the endpoint's since 1.44, with a warning", async () => {
  const mac = "02:42:ac:11:00:05";
  for (const [version, warnings] of [
    ["1.43", 0],
    ["1.44", 1],
  ] as const) {
    const { app: api } = await app();
    const body = { Image: "busybox", MacAddress: mac, HostConfig: { NetworkMode: "base" } };
    const made = await inject(api, { method: "POST", path: `/v${version}/containers/create?name=new`, body });
    assert.equal((made.json as { Warnings: string[] }).Warnings.length, warnings);
    const { json } = await inject(api, { path: `/v${version}/containers/new/json` });
    const { Config, NetworkSettings } = json as {
      Config: { MacAddress?: string };
      NetworkSettings: { Networks: Record<string, { MacAddress: string }> };
    };
    assert.equal(NetworkSettings.Networks["base"]?.MacAddress, mac);
    assert.equal(Config.MacAddress, mac);
  }
  const { app: api } = await app();
  const networks = { EndpointsConfig: { base: { MacAddress: "02:42:ac:11:00:06" } } };
  const body = { Image: "busybox", MacAddress: mac, HostConfig: { NetworkMode: "base" }, NetworkingConfig: networks };
  const refused = await inject(api, { method: "POST", path: "/v1.44/containers/create", body });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /the container-wide MAC address must match the endpoint-specific MAC address/);
});
