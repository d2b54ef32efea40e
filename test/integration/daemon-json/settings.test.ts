import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Drydockd, run, whyNot } from "../../suites/drydockd.ts";
import { startRegistry, type TestRegistry, whyNoRegistry } from "../remotes/registry.ts";

const skip = whyNot() ?? whyNoRegistry();
const daemon = new Drydockd({ standIns: ["busybox"] });
const calls = join(daemon.directory, "runtime-calls");
const runtime = join(daemon.directory, "my runtime");
let registry: TestRegistry | undefined;
/** a mirror that has nothing, and counts who asks */
let asked = 0;
const emptyMirror = createServer((_request, response) => {
  asked++;
  response.writeHead(404).end();
});

const bridge = {
  bip: "10.214.3.1/24",
  "fixed-cidr": "10.214.3.128/25",
  "default-gateway": "10.214.3.9",
  ipv6: true,
  "fixed-cidr-v6": "fd00:d0c:77::/64",
  icc: false,
  mtu: 1300,
};
const defaults = {
  "default-shm-size": "16M",
  "default-ulimits": { nofile: { Name: "nofile", Hard: 300, Soft: 200 } },
  "default-ipc-mode": "shareable",
  "default-cgroupns-mode": "host",
  init: true,
  "no-new-privileges": true,
  "log-driver": "local",
  "host-gateway-ip": "10.214.3.77",
  "default-network-opts": { bridge: { "com.docker.network.driver.mtu": "1250" } },
};

function settings(mirrors: readonly string[]): object {
  return {
    ...bridge,
    ...defaults,
    "registry-mirrors": mirrors,
    runtimes: { mine: { path: runtime, runtimeArgs: ["--cgroup-manager=cgroupfs"] } },
    labels: ["room=12"],
    experimental: true,
    "log-format": "json",
    "max-concurrent-downloads": 1,
    dns: ["10.215.7.53"],
  };
}

const json = async (...args: string[]) => JSON.parse(daemon.good(await daemon.docker(...args)));

before(async () => {
  if (skip !== undefined) return;
  writeFileSync(runtime, `#!/bin/sh\necho "$@" >> '${calls}'\nexec crun "$@"\n`);
  chmodSync(runtime, 0o755);
  emptyMirror.listen(0, "127.0.0.1");
  await once(emptyMirror, "listening");
  registry = await startRegistry();
  const nothing = `http://127.0.0.1:${(emptyMirror.address() as AddressInfo).port}/`;
  daemon.configure(settings([nothing, `http://${registry.host}`]));
  await daemon.start();
  daemon.good(await daemon.docker("pull", "busybox"));
});

after(async () => {
  emptyMirror.close();
  await registry?.stop();
  await daemon.dispose();
});

test("Docker Hub's images come from the first mirror that has them", { skip }, async () => {
  const host = registry?.host ?? "";
  daemon.good(await daemon.docker("tag", "busybox", `${host}/library/only-in-the-mirror:1`));
  daemon.good(await daemon.docker("push", "-q", `${host}/library/only-in-the-mirror:1`));
  const before = asked;
  const told = daemon.good(await daemon.docker("pull", "only-in-the-mirror:1"));
  assert.match(told, /^1: Pulling from library\/only-in-the-mirror\n/);
  assert.match(told, /Status: Downloaded newer image for only-in-the-mirror:1\n/);
  assert.ok(asked > before, "the mirror before it was asked");
  const image = await json("inspect", "only-in-the-mirror:1");
  assert.match(image[0].RepoDigests.join(" "), /only-in-the-mirror@sha256:/, "it has Docker Hub's name");
  const learner = await daemon.tenant("mirrored", "public");
  daemon.good(await learner.docker("pull", "-q", "only-in-the-mirror:1"));
});

test("docker info shows the settings", { skip }, async () => {
  const info = await json("info", "--format", "{{json .}}");
  assert.equal(info.LoggingDriver, "local");
  assert.equal(info.ExperimentalBuild, true);
  assert.deepEqual(info.Labels, ["room=12"]);
  assert.deepEqual(info.Runtimes.mine, { path: runtime, runtimeArgs: ["--cgroup-manager=cgroupfs"] });
  assert.equal(info.RegistryConfig.Mirrors.at(-1), `http://${registry?.host ?? ""}/`);
  assert.ok(info.SecurityOptions.includes("name=no-new-privileges"));
  assert.equal(info.LiveRestoreEnabled, true);
});

test("the default bridge has the operator's addresses, options and way out", { skip }, async () => {
  const [network] = await json("network", "inspect", "bridge");
  assert.deepEqual(network.IPAM.Config, [
    {
      Subnet: "10.214.3.0/24",
      IPRange: "10.214.3.128/25",
      Gateway: "10.214.3.1",
      AuxiliaryAddresses: { DefaultGatewayIPv4: "10.214.3.9" },
    },
    { Subnet: "fd00:d0c:77::/64" },
  ]);
  assert.equal(network.EnableIPv6, true);
  assert.equal(network.Options["com.docker.network.bridge.enable_icc"], "false");
  assert.equal(network.Options["com.docker.network.driver.mtu"], "1300");
  const look = "ip -4 -o addr show eth0; ip -6 -o addr show eth0; ip route; cat /sys/class/net/eth0/mtu";
  const seen = daemon.good(await daemon.docker("run", "--rm", "busybox", "sh", "-c", look));
  assert.match(seen, /10\.214\.3\.1(?:2[89]|[3-5]\d)\/24/, "an address of fixed-cidr");
  assert.match(seen, /fd00:d0c:77::/);
  assert.match(seen, /default via 10\.214\.3\.9 /);
  assert.match(seen, /\n1300$/);
});

test("containers have the defaults where they say nothing, and what they say where they do", { skip }, async () => {
  const look = "ulimit -n; df -k /dev/shm | tail -1; cat /proc/1/comm; grep NoNewPrivs /proc/self/status";
  const seen = daemon.good(await daemon.docker("run", "--rm", "busybox", "sh", "-c", look));
  assert.match(seen, /^200\n.* 16384 .*\n(?:docker-init|tini|catatonit)\nNoNewPrivs:\s1$/);
  const args = ["create", "--name", "dd", "--add-host", "h:host-gateway", "busybox", "cat", "/etc/hosts"];
  daemon.good(await daemon.docker(...args));
  const [{ HostConfig }] = await json("inspect", "dd");
  assert.equal(HostConfig.IpcMode, "shareable");
  assert.equal(HostConfig.CgroupnsMode, "host");
  assert.equal(HostConfig.ShmSize, 16 * 1024 ** 2);
  assert.equal(HostConfig.LogConfig.Type, "local");
  assert.match(daemon.good(await daemon.docker("start", "-a", "dd")), /^10\.214\.3\.77\th$/m);
  const own = [
    "--shm-size",
    "8m",
    "--ulimit",
    "nofile=50",
    "--init=false",
    "--security-opt",
    "no-new-privileges=false",
  ];
  const other = daemon.good(await daemon.docker("run", "--rm", ...own, "busybox", "sh", "-c", look));
  assert.match(other, /^50\n.* 8192 .*\nsh\nNoNewPrivs:\s0$/);
  daemon.good(await daemon.docker("network", "create", "n"));
  const mtu = await daemon.docker("run", "--rm", "--network", "n", "busybox", "cat", "/sys/class/net/eth0/mtu");
  assert.equal(daemon.good(mtu), "1250");
});

test("runtimes of the operator's are the operator's", { skip }, async () => {
  const said = await daemon.docker("run", "--rm", "--runtime", "mine", "busybox", "echo", "from mine");
  assert.equal(daemon.good(said), "from mine");
  assert.match(readFileSync(calls, "utf8"), /--cgroup-manager=cgroupfs .*create/);
  const learner = await daemon.tenant("runtimes", "class");
  daemon.good(await learner.docker("pull", "-q", "busybox"));
  const { status, stderr } = await learner.docker("run", "--rm", "--runtime", "mine", "busybox", "true");
  assert.equal(status, 125);
  assert.match(stderr, /Unknown runtime specified mine/);
  const own = await learner.docker("run", "--rm", "busybox", "sh", "-c", "readlink /proc/self/ns/cgroup");
  const host = readlinkSync("/proc/self/ns/cgroup");
  assert.notEqual(daemon.good(own), host, "a learner does not get the host's control groups by default either");
});

test("SIGHUP takes over what dockerd takes over, with an event; the rest is told", { skip }, async () => {
  const since = String(Date.now() / 1_000);
  daemon.configure({ ...settings([]), labels: ["room=13"], runtimes: {}, mtu: 1301, debug: true });
  process.kill(daemon.pid, "SIGHUP");
  for (let tries = 0; tries < 100 && !daemon.log.includes("before the next start"); tries++) await delay(50);
  const lines = daemon.log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  const waiting = lines.find(({ msg }) => msg.includes("not before the next start"));
  assert.deepEqual([waiting?.level, waiting?.msg.split(": ").at(-1)], ["warn", "mtu"]);
  const until = String(Date.now() / 1_000);
  const filter = ["--filter", "type=daemon", "--format", "{{json .}}"];
  const event = await json("events", "--since", since, "--until", until, ...filter);
  assert.equal(event.Action, "reload");
  assert.equal(event.Actor.Attributes.labels, '["room=13"]');
  assert.equal(event.Actor.Attributes["max-concurrent-downloads"], "1");
  const info = await json("info", "--format", "{{json .}}");
  assert.deepEqual([info.Labels, info.Runtimes.mine, info.Debug], [["room=13"], undefined, true]);
  assert.match(daemon.log, /"level":"debug","msg":"Calling GET /);
  daemon.configure({ debug: "yes" });
  process.kill(daemon.pid, "SIGHUP");
  for (let tries = 0; tries < 100 && !daemon.log.includes("stays as it was"); tries++) await delay(50);
  assert.match(daemon.log, /the configuration stays as it was: .*Config.debug of type bool \(line 1\)/);
  daemon.configure(settings([]));
});

test("--validate says what dockerd says, on stderr, with its exit status", { skip }, async () => {
  const main = join(import.meta.dirname, "../../../server/main.ts");
  const file = join(daemon.directory, "other.json");
  const validate = () =>
    run(process.execPath, ["--disable-warning=ExperimentalWarning", main, "--validate", "--config-file", file]);
  writeFileSync(file, '{"debug": true}');
  assert.deepEqual(await validate(), { status: 0, stdout: "", stderr: "configuration OK\n" });
  writeFileSync(file, '{\n"debgu": true}');
  const wrong = `unable to configure the Docker daemon with file ${file}: the following directives don't match any configuration option: debgu (line 2)\n`;
  assert.deepEqual(await validate(), { status: 1, stdout: "", stderr: wrong });
});

test(
  "a server of names at a private address is asked by who may get there, and by the engine for who may not",
  { skip },
  async () => {
    const show = ["run", "--rm", "busybox", "cat", "/etc/resolv.conf"];
    assert.match(daemon.good(await daemon.docker(...show)), /^nameserver 10\.215\.7\.53$/m);
    const learner = await daemon.tenant("ada", "public");
    assert.match(daemon.good(await learner.docker(...show)), /^nameserver 127\.0\.0\.11$/m);
  },
);
