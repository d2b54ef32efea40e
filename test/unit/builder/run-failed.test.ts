/** What a failing RUN is told beside its output. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RunFailed } from "../../../server/engine/builder/ops/run-failed.ts";
import { hostPlatform } from "../../../server/engine/oci/platform.ts";
import { policies } from "../../../server/engine/tenants/policy.ts";

const failing = (lastOutput: string, rules = policies.public) =>
  new RunFailed(["apt-get", "update"], {
    code: 100,
    oomKilled: false,
    used: { cpu: 0, memory: 0, read: 0, written: 0 },
    limits: {},
    platform: hostPlatform(),
    rules,
    lastOutput,
    missing: ["/data", "/srv/data"],
  });

test("a port of a private network that was not reached is named, with the command that opens it", () => {
  for (const said of [
    "Err:1 http://mirror.lan\n  Could not connect to 192.168.77.5:3142 (192.168.77.5). - connect (111: Connection refused)",
    "curl: (7) Failed to connect to 192.168.77.5 port 3142 after 0 ms: Couldn't connect to server",
    "npm error connect ECONNREFUSED 192.168.77.5:3142",
  ]) {
    const { trouble, advice } = failing(said);
    assert.deepEqual(trouble, { kind: "privateHost", host: "192.168.77.5:3142", policy: "public" }, said);
    assert.match(advice ?? "", /sudo \.\/drydock policy set public privateHosts=\+192\.168\.77\.5:3142$/);
  }
});

test("it is not said of what is the step's own, of the Internet, open, or only mentioned", () => {
  const refused = "connect ECONNREFUSED";
  for (const said of [`${refused} 127.0.0.1:80`, `${refused} 203.0.113.1:80`, "listening on 10.0.0.5:80", refused]) {
    assert.equal(failing(said).trouble, undefined, said);
  }
  const open = { ...policies.public, privateHosts: ["10.0.0.5:80"] };
  assert.equal(failing(`${refused} 10.0.0.5:80`, open).trouble, undefined);
  assert.equal(failing(`${refused} 10.0.0.5:80`, policies.open).trouble, undefined);
});

test("a directory that VOLUME named and did not make is told, with what makes it", () => {
  for (const said of [
    "/bin/sh: can't create /data/x: nonexistent directory",
    "/bin/sh: 1: cannot create /data/x: Directory nonexistent",
    "bash: line 1: /data/x: No such file or directory",
    "chown: cannot access '/data': No such file or directory",
  ]) {
    const { trouble, advice } = failing(said);
    assert.deepEqual(trouble, { kind: "volume", volume: "/data" }, said);
    assert.match(advice ?? "", /VOLUME makes no directory.*RUN mkdir -p \/data$/, said);
  }
  for (const said of ["cat: /database: No such file or directory", "cat: /data/x: Permission denied", "/data"]) {
    assert.equal(failing(said).trouble, undefined, said);
  }
});
