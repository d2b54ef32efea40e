import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { tcpAddress } from "../../../server/compose/daemon-json/hosts.ts";
import { linesOfKeys } from "../../../server/compose/daemon-json/lines.ts";
import { parseDaemonJson, readDaemonJson, readForClearing } from "../../../server/compose/daemon-json/read.ts";
import { reloadAttributes, reloaded } from "../../../server/compose/daemon-json/reload.ts";
import { buildCacheLimits, Settings } from "../../../server/compose/daemon-json/settings.ts";

const tls = { tlsverify: true, tlscacert: "/ca.pem", tlscert: "/cert.pem", tlskey: "/key.pem" };

test("what applies is read; nothing is not wrong", () => {
  const settings = {
    dns: ["1.1.1.1", "fd00::53"],
    "default-address-pools": [{ base: "10.50.0.0/16", size: 24 }],
    hosts: ["unix:///run/x.sock", "tcp://127.0.0.1:2375"],
    "registry-mirrors": ["https://mirror.example"],
    runtimes: { mine: { path: "/usr/bin/crun", runtimeArgs: ["--debug"] } },
    "default-runtime": "mine",
    bip: "10.60.0.1/24",
    "fixed-cidr": "10.60.0.128/25",
    "default-gateway": "10.60.0.2",
    features: { buildkit: true },
    builder: { gc: { enabled: true, defaultKeepStorage: "10GB", policy: [{ all: true, filter: ["unused-for=48h"] }] } },
    "default-shm-size": "32M",
    "live-restore": true,
    "exec-opts": ["native.cgroupdriver=cgroupfs"],
  };
  assert.deepEqual(parseDaemonJson(JSON.stringify(settings)), settings);
  assert.deepEqual(parseDaemonJson("\uFEFF{}"), {});
  assert.deepEqual(parseDaemonJson(" "), {});
  assert.deepEqual(readDaemonJson("/nowhere/daemon.json", false), {});
  assert.throws(
    () => readDaemonJson("/nowhere/daemon.json", true),
    /unable to configure the Docker daemon with file .*: open \/nowhere\/daemon.json: no such file or directory$/,
  );
});

test("unknown keys and keys without a meaning are told by name, with the line", () => {
  for (const [text, message] of [
    [
      '{\n"foo": 1,\n"bar": 2, "debug": true}',
      "the following directives don't match any configuration option: bar, foo (line 3)",
    ],
    [
      '{\n\n"userns-remap": "default"}',
      "userns-remap has no effect here: every tenant has a range of user ids of its own, always; leave it out (line 3)",
    ],
    [
      '{"debug": true,\n"max-concurrent-downloads": "3"}',
      "invalid JSON: json: cannot unmarshal string into Go struct field Config.max-concurrent-downloads of type int64 (line 2)",
    ],
    [
      '{\n"log-opts": {\n"max-size": 5}}',
      "invalid JSON: json: cannot unmarshal number into Go struct field Config.log-opts.max-size of type string (line 3)",
    ],
    [
      '{"debug": true,\n\n  oops}',
      "invalid JSON: invalid character 'o' looking for beginning of object key string (line 3)",
    ],
    ["{", "invalid JSON: unexpected end of JSON input (line 1)"],
    [
      "[]",
      "invalid JSON: json: cannot unmarshal array into Go value of type map[string]interface {}: a JSON object is expected",
    ],
    [
      '{"default-ulimits": {\n"nofile": {"Name": "nofile", "Soft": 10}}}',
      "default-ulimits.nofile.Hard is missing (line 2)",
    ],
    ['{"builder": {"gc": {\n"keep": 1}}}', "invalid JSON: builder.gc: unknown key keep (line 1)"],
  ] as const) {
    assert.throws(() => parseDaemonJson(text), { message }, text);
  }
});

test("values that cannot be right are refused in dockerd's words", () => {
  const failed = "merged configuration validation from file and command line flags failed: ";
  for (const [wrong, message] of [
    [{ dns: ["x"] }, "dns: invalid IP address: x"],
    [{ "dns-search": ["a b"] }, "a b is not a valid domain"],
    [{ labels: ["x"] }, "bad attribute format: x"],
    [{ labels: ["a=1", "a=2"] }, "conflict labels for a=2 and a=1"],
    [{ "log-level": "loud" }, "invalid logging level: loud"],
    [{ "log-format": "xml" }, "invalid log format: xml"],
    [{ mtu: -1 }, "invalid default MTU: -1"],
    [{ "max-concurrent-downloads": -1 }, "invalid max concurrent downloads: -1"],
    [{ "max-concurrent-uploads": -1 }, "invalid max concurrent uploads: -1"],
    [{ "max-download-attempts": -1 }, "invalid max download attempts: -1"],
    [{ "default-ipc-mode": "host" }, 'IPC mode "host" is not supported as default value; use "shareable" or "private"'],
    [{ "default-ipc-mode": "x" }, 'default IPC mode setting (x) is invalid; use "shareable" or "private"'],
    [{ "default-cgroupns-mode": "x" }, 'default cgroup namespace mode (x) is invalid; use "host" or "private"'],
    [{ "default-shm-size": "x" }, "invalid size: 'x'"],
    [{ "exec-opts": ["x=y"] }, "invalid exec-opt (x=y): unknown option: 'x'"],
    [
      { "default-address-pools": [{ base: "10.0.0.0/16", size: 8 }] },
      "default-address-pools: invalid pool 10.0.0.0/16 with blocks of /8",
    ],
    [{ "default-runtime": "kata" }, "specified default runtime 'kata' does not exist"],
    [{ runtimes: { runc: { path: "x" } } }, "runtime name 'runc' is reserved"],
    [{ runtimes: { mine: {} } }, "runtime mine: either a runtimeType or a path must be configured"],
    [{ "log-driver": "syslog" }, 'error looking up logging plugin syslog: plugin "syslog" not found'],
    [{ "log-opts": { "max-sise": "1m" } }, "unknown log opt 'max-sise' for json-file log driver"],
    [
      { "registry-mirrors": ["mirror:5000"] },
      `invalid mirror: no scheme specified for "mirror:5000": must use either 'https://' or 'http://'`,
    ],
    [
      { "registry-mirrors": ["ftp://m"] },
      `invalid mirror: unsupported scheme "ftp" in "ftp://m": must use either 'https://' or 'http://'`,
    ],
    [{ "registry-mirrors": ["https://m/?x"] }, 'invalid mirror: query or fragment at end of the URI "https://m/?x"'],
    [
      { "registry-mirrors": ["https://u:secret@m"] },
      'invalid mirror: username/password not allowed in URI "https://u:xxxxx@m"',
    ],
    [{ "insecure-registries": ["http://m"] }, "insecure registry http://m should not contain '://'"],
    [{ "host-gateway-ip": "x" }, "host-gateway-ip: invalid IP address: x"],
    [{ bip: "10.0.0.1" }, "failed to parse bip: invalid CIDR address: 10.0.0.1"],
    [
      { bip: "10.0.0.1/24", "fixed-cidr": "10.1.0.0/24" },
      "fixed-cidr 10.1.0.0/24 is not within the network of bip 10.0.0.1/24",
    ],
    [
      { bip: "10.0.0.1/24", "default-gateway": "10.1.0.1" },
      "default-gateway 10.1.0.1 is not in the network of bip or fixed-cidr",
    ],
    [{ "storage-driver": "btrfs" }, "storage-driver: there are overlay2 and vfs here, no btrfs"],
    [{ "live-restore": false }, "live-restore cannot be false: containers outlive drydockd here, always; leave it out"],
  ] as const) {
    assert.throws(() => parseDaemonJson(JSON.stringify(wrong)), { message: `${failed}${message} (line 1)` });
  }
  assert.throws(() => parseDaemonJson('{"iptables": false}'), /iptables cannot be false: the firewall/);
  assert.throws(() => parseDaemonJson('{"bridge": "br0"}'), /"none" makes no default bridge/);
  assert.throws(
    () => parseDaemonJson('{"seccomp-profile": "/nowhere"}'),
    /opening seccomp profile \(\/nowhere\) failed/,
  );
});

test("plain TCP is for loopback only; mutual TLS needs all of its files", () => {
  const hosts = ["tcp://0.0.0.0:2376"];
  assert.throws(() => parseDaemonJson(JSON.stringify({ hosts })), /set tlsverify/);
  assert.throws(() => parseDaemonJson(JSON.stringify({ hosts, tls: true })), /set tlsverify/);
  assert.deepEqual(parseDaemonJson(JSON.stringify({ hosts, ...tls })), { hosts, ...tls });
  const { tlskey: _gone, ...rest } = tls;
  assert.throws(() => parseDaemonJson(JSON.stringify({ hosts, ...rest })), /tlsverify needs tlskey/);
  assert.throws(() => parseDaemonJson('{"tls": true, "hosts": ["tcp://127.0.0.1:1"]}'), /tls needs tlscert/);
  assert.throws(() => parseDaemonJson('{"hosts": ["http://x"]}'), /invalid host http:\/\/x/);
  assert.deepEqual(tcpAddress("tcp://[::1]:2376"), { address: "::1", port: 2376 });
});

test("a file with a mistake keeps nobody from clearing", () => {
  const directory = mkdtempSync(join(tmpdir(), "daemon-json-"));
  const file = join(directory, "daemon.json");
  writeFileSync(file, '{"data-root": "/srv/x", "nonsense": 1,}');
  assert.deepEqual(readForClearing(file), { "data-root": "/srv/x" });
  writeFileSync(file, "{");
  assert.deepEqual(readForClearing(file), {});
  rmSync(directory, { recursive: true });
  assert.deepEqual(readForClearing(file), {});
});

test("lines of keys: of objects, of arrays, with what looks like keys in texts", () => {
  const text = '{\n"a": {"b":\n[1, "x\\": {",\n{"c": 2}]},\n"d": 1}';
  assert.deepEqual(Object.fromEntries(linesOfKeys(text)), {
    a: 2,
    "a.b": 2,
    "a.b.0": 3,
    "a.b.1": 3,
    "a.b.2": 3,
    "a.b.2.c": 4,
    d: 5,
  });
});

test("a reload takes over what dockerd reloads, and tells what waits for the next start", () => {
  const current = { labels: ["a=1"], bip: "10.0.0.1/24", "max-concurrent-downloads": 9, debug: true };
  const { next, waiting } = reloaded(current, { bip: "10.1.0.1/24", debug: false, "registry-mirrors": ["http://m:1"] });
  assert.deepEqual(waiting, ["bip"]);
  assert.deepEqual(next, { labels: ["a=1"], bip: "10.0.0.1/24", debug: false, "registry-mirrors": ["http://m:1"] });
  const attributes = reloadAttributes(next, "crun");
  assert.equal(attributes["registry-mirrors"], '["http://m:1"]');
  assert.equal(attributes["max-concurrent-downloads"], "3");
  assert.equal(attributes["default-shm-size"], "67108864");
});

test("settings given before a reload say afterwards what is in force", () => {
  const settings = new Settings({ "default-shm-size": "1M" });
  const { containers, transfers, registries } = settings;
  assert.equal(containers.shmSize, 1024 ** 2);
  settings.replace({
    "max-concurrent-uploads": 1,
    "registry-mirrors": ["https://m/x/"],
    "host-gateway-ip": "10.0.0.9",
  });
  assert.equal(containers.shmSize, undefined);
  assert.deepEqual(containers.hostGateways, ["10.0.0.9"]);
  assert.equal(transfers.uploads, 1);
  assert.deepEqual(registries.mirrors?.map(String), ["https://m/x/"]);
});

test("builder.gc: sizes, ages, and nothing collected when it is off", () => {
  assert.equal(buildCacheLimits({}), undefined);
  assert.deepEqual(buildCacheLimits({ builder: { gc: { enabled: true, defaultKeepStorage: "1GB" } } }), {
    bytes: 1024 ** 3,
    unusedForMs: 30 * 86_400_000,
  });
  const rule = { keepStorage: 5, filter: ["unused-for=48h"] };
  assert.deepEqual(buildCacheLimits({ builder: { gc: { policy: [rule] } } }), {
    bytes: 5,
    unusedForMs: 48 * 3_600_000,
  });
  assert.equal(buildCacheLimits({ builder: { gc: { enabled: false } } })?.bytes, Number.POSITIVE_INFINITY);
});
