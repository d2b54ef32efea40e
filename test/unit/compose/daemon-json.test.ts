import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDaemonJson, readDaemonJson, tcpAddress } from "../../../server/compose/daemon-json.ts";

const tls = { tlsverify: true, tlscacert: "/ca.pem", tlscert: "/cert.pem", tlskey: "/key.pem" };

test("what applies is read; nothing is not wrong", () => {
  const settings = {
    dns: ["1.1.1.1", "fd00::53"],
    "default-address-pools": [{ base: "10.50.0.0/16", size: 24 }],
    hosts: ["unix:///run/x.sock", "tcp://127.0.0.1:2375"],
  };
  assert.deepEqual(parseDaemonJson(JSON.stringify(settings)), settings);
  assert.deepEqual(parseDaemonJson(" "), {});
  assert.deepEqual(readDaemonJson("/nowhere/daemon.json", false), {});
  assert.throws(() => readDaemonJson("/nowhere/daemon.json", true), /unable to configure the Docker daemon with file/);
});

test("unknown keys are told in dockerd's words; what Drydock does not do is not passed over", () => {
  assert.throws(
    () => parseDaemonJson('{"foo": 1, "bar": 2, "debug": true}'),
    /the following directives don't match any configuration option: bar, foo$/,
  );
  assert.throws(() => parseDaemonJson('{"bip": "10.1.0.1/16"}'), /bip: not supported by Drydock/);
});

test("values are checked", () => {
  for (const [wrong, message] of [
    ["[]", /expected a JSON object/],
    ['{"dns": ["x"]}', /dns: invalid IP address: x/],
    ['{"dns": "1.1.1.1"}', /dns: /],
    ['{"default-address-pools": [{"base": "10.0.0.0/16", "size": 8}]}', /invalid pool/],
    ['{"default-runtime": "kata"}', /default-runtime/],
    ['{"log-driver": "syslog"}', /log-driver/],
    ['{"log-opts": {"max-sise": "1m"}}', /unknown log opt 'max-sise'/],
    ["{", /JSON/],
  ] as const) {
    assert.throws(() => parseDaemonJson(wrong), message, wrong);
  }
});

test("plain TCP is for loopback only; mutual TLS needs all of its files", () => {
  const hosts = ["tcp://0.0.0.0:2376"];
  assert.throws(() => parseDaemonJson(JSON.stringify({ hosts })), /set tlsverify/);
  assert.throws(() => parseDaemonJson(JSON.stringify({ hosts, tls: true })), /set tlsverify/);
  assert.deepEqual(parseDaemonJson(JSON.stringify({ hosts, ...tls })), { hosts, ...tls });
  const { tlskey: _gone, ...rest } = tls;
  assert.throws(() => parseDaemonJson(JSON.stringify({ hosts, ...rest })), /tlsverify needs tlskey/);
  assert.throws(() => parseDaemonJson('{"hosts": ["http://x"]}'), /invalid host http:\/\/x/);
  assert.deepEqual(tcpAddress("tcp://[::1]:2376"), { address: "::1", port: 2376 });
});
