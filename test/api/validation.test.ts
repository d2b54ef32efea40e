import assert from "node:assert/strict";
import { test } from "node:test";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

// What dockerd 28.5.2 answers, and clients that speak API 1.44 and later (Engine API version history, 1.44).

async function app() {
  const twin = new Twin("alone");
  twin.addImage("busybox:latest");
  const { app: api } = makeApp(twin);
  const plain = { Name: "plain" };
  const chosen = { Name: "chosen", IPAM: { Config: [{ Subnet: "10.91.0.0/24" }] } };
  for (const body of [plain, chosen]) await inject(api, { method: "POST", path: "/networks/create", body });
  const network = twin.engine.networks.get("chosen");
  network.requestedIpam = [{ subnet: "10.91.0.0/24" }];
  return { api, twin };
}

async function refusal(path: string, body: object): Promise<[number, string]> {
  const { api } = await app();
  const { status, json } = await inject(api, { method: "POST", path, body });
  return [status, (json as { message?: string }).message ?? ""];
}

const subnets: [pools: object[], ipv6: boolean, whys: string[]][] = [
  [[{ Subnet: "x" }], false, ["invalid subnet x: invalid CIDR block notation"]],
  [[{}], false, ["invalid subnet : invalid CIDR block notation"]],
  [[{ Subnet: "10.83.0.0/024" }], false, ["invalid subnet 10.83.0.0/024: invalid CIDR block notation"]],
  [[{ Subnet: "10.83.0.1/24" }], false, ["invalid subnet 10.83.0.1/24: it should be 10.83.0.0/24"]],
  [
    [{ Subnet: "10.83.0.0/24", Gateway: "10.84.0.1" }],
    false,
    ["invalid gateway 10.84.0.1: parent subnet 10.83.0.0/24 doesn't contain this address"],
  ],
  [[{ Subnet: "10.83.0.0/24", Gateway: "x" }], false, ["invalid gateway x: invalid address"]],
  [[{ Subnet: "fd00::/64", Gateway: "10.1.1.1" }], true, ["invalid gateway 10.1.1.1: parent subnet is an IPv6 block"]],
  [
    [{ Subnet: "10.83.0.0/24", IPRange: "10.84.0.0/25" }],
    false,
    ["invalid ip-range 10.84.0.0/25: parent subnet 10.83.0.0/24 doesn't contain ip-range"],
  ],
  [
    [{ Subnet: "10.83.0.0/24", IPRange: "10.83.0.5/25" }],
    false,
    ["invalid ip-range 10.83.0.5/25: it should be 10.83.0.0/25"],
  ],
  [[{ Subnet: "10.83.0.0/24", IPRange: "x" }], false, ["invalid ip-range x: invalid CIDR block notation"]],
  [
    [{ Subnet: "10.83.0.0/24", IPRange: "10.83.0.0/16" }],
    false,
    ["invalid ip-range 10.83.0.0/16: CIDR block is bigger than its parent subnet 10.83.0.0/24"],
  ],
  [
    [{ Subnet: "10.83.0.0/24", AuxiliaryAddresses: { a: "10.84.0.1", b: "x" } }],
    false,
    [
      "invalid auxiliary address a: parent subnet 10.83.0.0/24 doesn't contain this address",
      "invalid auxiliary address b: invalid address",
    ],
  ],
  [
    [{ Subnet: "10.83.0.0/24", IPRange: "2001:db8::/64", Gateway: "::1" }],
    false,
    [
      "invalid ip-range 2001:db8::/64: parent subnet is an IPv4 block",
      "invalid gateway ::1: parent subnet is an IPv4 block",
    ],
  ],
  [
    [{ Subnet: "10.83.0.1/24" }, { Subnet: "y" }],
    false,
    ["invalid subnet 10.83.0.1/24: it should be 10.83.0.0/24", "invalid subnet y: invalid CIDR block notation"],
  ],
];

test("all that is wrong with the subnets of a network is told, and is the client's mistake", async () => {
  for (const [Config, EnableIPv6, whys] of subnets) {
    const list = whys.length === 1 ? whys[0] : whys.map((why) => `* ${why}`).join("\n");
    const body = { Name: "new", EnableIPv6, IPAM: { Config } };
    const found = await refusal("/v1.44/networks/create", body);
    assert.deepEqual(found, [400, `invalid network config:\n${list}`], JSON.stringify(Config));
  }
  const { api } = await app();
  for (const [path, pool] of [
    ["/v1.43/networks/create", { Subnet: "10.83.0.1/24" }],
    ["/v1.44/networks/create", { Subnet: "fd00::1/64" }],
  ] as const) {
    const body = { Name: path, IPAM: { Config: [pool] } };
    assert.equal((await inject(api, { method: "POST", path, body })).status, 201, path);
  }
});

test("driver options say whether a network has IPv4 and IPv6, where the fields do not, since 1.48", async () => {
  const { api, twin } = await app();
  const ipv4 = "com.docker.network.enable_ipv4";
  const ipv6 = "com.docker.network.enable_ipv6";
  const create = async (version: string, name: string, body: object) =>
    inject(api, { method: "POST", path: `/v${version}/networks/create`, body: { Name: name, ...body } });
  for (const [version, name, body, enabled] of [
    ["1.47", "before", { Options: { [ipv4]: "false", [ipv6]: "true" } }, [true, false]],
    ["1.48", "since", { Options: { [ipv4]: "false", [ipv6]: "true" } }, [false, true]],
    ["1.48", "field", { EnableIPv6: false, Options: { [ipv6]: "true" } }, [true, false]],
    ["1.48", "neither", {}, [true, false]],
  ] as const) {
    assert.equal((await create(version, name, body)).status, 201);
    const network = twin.engine.networks.get(name);
    assert.deepEqual([network.enableIPv4, network.enableIPv6], enabled, name);
  }
  const { status, json } = await create("1.48", "wrong", { Options: { [ipv6]: "x" } });
  assert.deepEqual([status, json], [400, { message: `driver-opt "${ipv6}" is not a valid bool` }]);
});

const onDefault = "user specified IP address is supported on user defined networks only";
const needsSubnet =
  "user specified IP address is supported only when connecting to networks with user configured subnets";
const setting = (name: string) => ({ DriverOpts: { "com.docker.network.endpoint.sysctls": name } });
const unknown = (name: string) =>
  `unrecognised network interface sysctl '${name}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`;

const endpoints: [network: string, endpoint: object, whys: string[]][] = [
  [
    "chosen",
    { IPAMConfig: { IPv4Address: "10.99.0.9" } },
    ["no configured subnet or ip-range contain the IP address 10.99.0.9"],
  ],
  ["plain", { IPAMConfig: { IPv4Address: "10.99.0.9" } }, [needsSubnet]],
  [
    "chosen",
    { IPAMConfig: { IPv4Address: "x" } },
    ["invalid IPv4 address: x", "no configured subnet or ip-range contain the IP address x"],
  ],
  [
    "chosen",
    { IPAMConfig: { IPv6Address: "1.2.3.4", LinkLocalIPs: ["x"] } },
    ["invalid IPv6 address: 1.2.3.4", "invalid link-local IP address: x", needsSubnet],
  ],
  ["bridge", { IPAMConfig: { IPv4Address: "172.17.0.9" } }, [onDefault, needsSubnet]],
  ["bridge", { Aliases: ["x"] }, ["network-scoped alias is supported only for containers in user defined networks"]],
  ["chosen", setting("x"), [unknown("x")]],
  ["chosen", setting("net.ipv4.conf.eth0.log_martians=1"), [unknown("net.ipv4.conf.eth0.log_martians=1")]],
];

test("all that is wrong with an endpoint is told when it is asked for, and is the client's mistake", async () => {
  const { api } = await app();
  await inject(api, { method: "POST", path: "/networks/create", body: { Name: "bridge" } });
  await inject(api, { method: "POST", path: "/containers/create?name=box", body: { Image: "busybox" } });
  const message = async (path: string, body: object) => {
    const { status, json } = await inject(api, { method: "POST", path, body });
    return [status, (json as { message?: string }).message];
  };
  const create = (name: string, endpoint: object) => ({
    Image: "busybox",
    HostConfig: { NetworkMode: name },
    NetworkingConfig: { EndpointsConfig: { [name]: endpoint } },
  });
  for (const [name, endpoint, whys] of endpoints) {
    const list = whys.length === 1 ? whys[0] : whys.map((why) => `* ${why}`).join("\n");
    const why = `invalid endpoint settings:\n${list}`;
    const made = await message("/v1.44/containers/create", create(name, endpoint));
    assert.deepEqual(made, [400, `invalid config for network ${name}: ${why}`]);
    const connect = { Container: "box", EndpointConfig: endpoint };
    assert.deepEqual(await message(`/v1.44/networks/${name}/connect`, connect), [400, why]);
  }
  const mac = await message("/v1.44/containers/create", create("chosen", { MacAddress: "x" }));
  assert.deepEqual(mac, [400, "invalid config for network chosen: invalid MAC address x"]);
  const own = await message("/v1.50/containers/create", { Image: "busybox", MacAddress: "x" });
  assert.deepEqual(own, [400, "invalid config for network bridge: invalid MAC address x"]);
  for (const [version, endpoint] of [
    ["1.43", { IPAMConfig: { IPv4Address: "10.99.0.9" } }],
    ["1.44", { IPAMConfig: { IPv4Address: "10.91.0.9", LinkLocalIPs: ["169.254.1.1"] }, Aliases: ["x"] }],
    ["1.44", { MacAddress: "0242.ac11.0005", ...setting("net.ipv4.conf.IFNAME.log_martians=1") }],
  ] as const) {
    const [status, why] = await message(`/v${version}/containers/create`, create("chosen", endpoint));
    assert.equal(status, 201, why as string);
  }
});

test("a prune of volumes takes one value of the filter all", async () => {
  const { api } = await app();
  await inject(api, { method: "POST", path: "/volumes/create", body: { Name: "kept" } });
  const filters = encodeURIComponent(JSON.stringify({ all: ["true", "false"] }));
  const { status, json } = await inject(api, { method: "POST", path: `/v1.50/volumes/prune?filters=${filters}` });
  assert.deepEqual([status, json], [400, { message: "invalid filter 'all=[true false]': only one value is expected" }]);
  assert.equal((await inject(api, { path: "/volumes/kept" })).status, 200);
});
