import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test, type TestContext } from "node:test";
import { checkEngine } from "../../../server/cli/doctor/engine.ts";
import type { Finding } from "../../../server/cli/doctor/finding.ts";
import { checkDisk, checkPort, checkPreviewPorts, checkRuntimes } from "../../../server/cli/doctor/host.ts";
import {
  checkAppArmor,
  checkBridge,
  checkCgroups,
  checkKernel,
  checkNftables,
  checkOverlay,
  checkUserNamespaces,
} from "../../../server/cli/doctor/kernel.ts";
import { checkImageSources, checkNames } from "../../../server/cli/doctor/names.ts";
import { checkPackagePlaces } from "../../../server/cli/doctor/package-places.ts";
import type { Settings } from "../../../server/cli/settings.ts";

const path = process.env["PATH"];
let directory = "";
let settings: Settings;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ddr-"));
  settings = {
    checkout: directory,
    data: join(directory, "not-made-yet/data"),
    run: join(directory, "run"),
    webData: join(directory, "web"),
    host: "127.0.0.1",
    port: 1,
    user: "drydock",
  };
});

afterEach(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

/** PATH is then a directory with these programs alone, each a shell script. */
function withPrograms(programs: Record<string, string>): void {
  const bin = join(directory, "programs");
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  process.env["PATH"] = bin;
}

function assertFinding(finding: Finding | undefined, state: Finding["state"], detail: RegExp, advice?: RegExp): void {
  assert.equal(finding?.state, state);
  assert.match(finding?.detail ?? "", detail);
  if (advice === undefined) assert.equal(finding?.advice, undefined);
  else assert.match(finding?.advice ?? "", advice);
}

test("kernel: too old stops, one without owner shifting warns, others pass", () => {
  assertFinding(checkKernel("4.19.0-26-amd64"), "blocker", /^4\.19\.0/, /5\.10 or newer is needed/);
  assertFinding(checkKernel("5.9.16"), "blocker", /^5\.9/, /5\.10 or newer/);
  assertFinding(checkKernel("5.15.0-91-generic"), "warning", /cannot shift the owners/, /linux-generic-hwe-22\.04/);
  assertFinding(checkKernel("5.19.0"), "ok", /^5\.19\.0$/);
  assertFinding(checkKernel("6.12.3-1-rt"), "ok", /^6\.12/);
});

test("cgroups: v2, v1, hybrid, controllers that are missing, none at all", () => {
  const v2 = join(directory, "v2");
  mkdirSync(v2);
  writeFileSync(join(v2, "cgroup.controllers"), "cpuset cpu io memory pids\n");
  assertFinding(checkCgroups(v2, ""), "ok", /^v2$/);
  writeFileSync(join(v2, "cgroup.controllers"), "cpu pids\n");
  assertFinding(checkCgroups(v2, ""), "warning", /^v2, without memory$/, /cgroup_enable=memory/);
  const v1 = ["cpu,cpuacct", "memory", "pids"].map((name) => `cgroup /c/${name} cgroup rw,${name} 0 0\n`).join("");
  assertFinding(checkCgroups(directory, v1), "ok", /^v1$/);
  assertFinding(checkCgroups(directory, `${v1}cgroup2 /c/unified cgroup2 rw 0 0\n`), "ok", /^v1 hybrid$/);
  assertFinding(checkCgroups(directory, "tmpfs /tmp tmpfs rw 0 0\n"), "blocker", /no cgroup/, /mount -t cgroup2/);
});

test("what the kernel refuses is told in its own words, with what to do", () => {
  withPrograms({ unshare: "echo 'first line' >&2; echo 'unshare failed: Operation not permitted' >&2; exit 1" });
  const advice: [check: () => Finding, advice: RegExp][] = [
    [checkOverlay, /modprobe overlay/],
    [checkUserNamespaces, /user\.max_user_namespaces/],
    [checkNftables, /install nftables/],
    [checkBridge, /modprobe bridge/],
  ];
  for (const [check, wanted] of advice) {
    assertFinding(check(), "blocker", /^unshare failed: Operation not permitted$/, wanted);
  }
  withPrograms({ unshare: "exit 0" });
  for (const [check] of advice) assertFinding(check(), "ok", /^works$/);
  rmSync(join(directory, "programs/unshare"));
  assertFinding(checkOverlay(), "blocker", /ENOENT/, /modprobe overlay/);
});

test("runtimes: crun is needed and old is replaced by runc, others are as you like", () => {
  const found = (programs: Record<string, string>): Map<string, Finding> => {
    withPrograms(programs);
    const find = (name: string) => (name in programs ? join(directory, "programs", name) : undefined);
    return new Map(checkRuntimes(find).map((finding) => [finding.name, finding]));
  };
  const none = found({});
  assertFinding(none.get("runtime crun"), "blocker", /not installed/, /apt-get install crun/);
  assertFinding(none.get("runtime runsc"), "note", /not installed/, /optional: apt-get install runsc/);
  const old = { crun: "echo crun version 0.17; echo more", runsc: "echo runsc version 2023.1" };
  const some = found(old);
  assertFinding(some.get("runtime crun"), "warning", /^crun version 0\.17$/, /apt-get install runc/);
  assertFinding(some.get("runtime runsc"), "ok", /^runsc version 2023\.1$/);
  const both = found({ ...old, runc: "echo runc version 1.3.4" });
  assertFinding(both.get("runtime crun"), "note", /^crun version 0\.17: too old/, /run with runc/);
  assertFinding(found({ crun: "echo crun version 1.8.1" }).get("runtime crun"), "ok", /1\.8\.1/);
});

test("disk: little room or few inodes warn, hardly any room stops; asked is the nearest directory that is there", () => {
  const measured: string[] = [];
  const free = (gigabytes: number, freeInodes = 77_000) => {
    return (asked: string) => {
      measured.push(asked);
      return { free: gigabytes * 1e9, freeInodes };
    };
  };
  assertFinding(checkDisk(settings, free(0.5)), "blocker", /^0\.5 GB free for .*, 77000 inodes$/, /make room/);
  assertFinding(checkDisk(settings, free(50, 10)), "warning", /, 10 inodes$/, /remove small files/);
  assertFinding(checkDisk(settings, free(50, Infinity)), "ok", /^50\.0 GB free for [^,]*$/);
  assertFinding(checkDisk(settings, free(3)), "warning", /^3\.0 GB/, /docker system prune/);
  assertFinding(checkDisk(settings, free(50)), "ok", /^50\.0 GB/);
  assert.deepEqual(new Set(measured), new Set([directory]));
});

test("port: one that is taken stops, and names another", async (t) => {
  const other = createServer();
  t.after(() => other.close());
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  assertFinding(await checkPort({ ...settings, port }), "blocker", /is taken/, new RegExp(`--port ${port + 1}`));
});

test("preview ports: all that up will listen on are tried, those that are taken named", async (t) => {
  // Not what this checkout's own `up` was given.
  process.env["DRYDOCK_SETTINGS"] = join(directory, "settings.json");
  t.after(() => ["DRYDOCK_SETTINGS", "DRYDOCK_PREVIEW_PORTS"].forEach((name) => delete process.env[name]));
  assert.deepEqual(await checkPreviewPorts(settings), [], "with the defaults there are none");
  const other = createServer();
  t.after(() => other.close());
  await new Promise<void>((resolve) => other.listen(0, "0.0.0.0", resolve));
  const { port } = other.address() as { port: number };
  const open = { ...settings, host: "0.0.0.0", port: Math.min(port - 2, 65_000) };
  const check = async (range: string) => {
    process.env["DRYDOCK_PREVIEW_PORTS"] = range;
    const [finding, ...more] = await checkPreviewPorts(open);
    assert.deepEqual(more, []);
    return finding;
  };
  const one = await check(`${port}-${port}`);
  assertFinding(one, "warning", new RegExp(`, ${port} is taken by another program$`), /DRYDOCK_PREVIEW_PORTS=/);
  // What up takes by itself: the eight after the page's own.
  const eight = await check("");
  assertFinding(eight, "warning", new RegExp(`^of 0\\.0\\.0\\.0:${open.port + 1}-${open.port + 8}, .*${port} is`), /./);
  assertFinding(await check("9-8"), "blocker", /DRYDOCK_PREVIEW_PORTS must be a range/, /drydock up/);
});

test("local base images: no apt is told, and where images come from then", () => {
  withPrograms({});
  assertFinding(checkImageSources(), "note", /no apt/, /drydock images load/);
  withPrograms({ "apt-get": "exit 0" });
  assertFinding(checkImageSources(), "warning", /mmdebstrap is not installed/, /drydock up/);
});

test("DNS: a machine without names is told where to look", async () => {
  assertFinding(await checkNames(() => Promise.resolve(false)), "note", /is not found$/, /resolv\.conf/);
  assertFinding(await checkNames(() => Promise.resolve(true)), "ok", /is found$/);
});

type Answers = Record<string, [status: number, body: unknown]>;

/** A drydockd that gives these answers. */
async function engineThatSays(t: TestContext, answers: Answers): Promise<void> {
  mkdirSync(settings.run);
  const server = createHttpServer((request, response) => {
    const [status, body] = answers[`${request.method} ${request.url}`] ?? [404, { message: "?" }];
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(join(settings.run, "drydock.sock"), resolve));
}

const busybox = { name: "busybox", ready: true, making: false, standIn: true };

test("an engine that does not run is a note; what a running one complains of are warnings", async (t) => {
  const [down] = await checkEngine(settings);
  assertFinding(down, "note", /does not answer/, /drydock up/);
  await engineThatSays(t, {
    "GET /_ping": [200, "OK"],
    "GET /drydock/v1/status": [
      200,
      {
        version: "1",
        problems: ["the cgroup is not writable"],
        baseImages: [
          busybox,
          { name: "drydock/workstation", ready: false, making: true, standIn: true },
          { name: "node", ready: false, making: false, standIn: true },
          { name: "gcc", ready: false, making: false, standIn: true, error: "no package source" },
        ],
      },
    ],
    "POST /v1.43/containers/create": [500, { message: "no room" }],
  });
  const findings = await checkEngine(settings);
  const named = (name: string) => findings.filter((finding) => finding.name === name);
  assertFinding(named("drydockd")[0], "ok", /answers/);
  assertFinding(named("drydockd")[1], "warning", /the cgroup is not writable/, /drydock logs/);
  assertFinding(named("web")[0], "warning", /does not answer/, /drydock logs/);
  assertFinding(named("base image busybox")[0], "ok", /ready \(local stand-in\)/);
  assertFinding(named("base image drydock/workstation")[0], "note", /being made/, /nothing to do/);
  assertFinding(named("base image node")[0], "ok", /made when first used/);
  assertFinding(named("base image gcc")[0], "warning", /no package source/, /images load/);
  assertFinding(named("DNS in a container")[0], "warning", /no container could be made: no room/, /drydock logs/);
});

test("a machine without any base image is told where one comes from", async (t) => {
  const status = { version: "1", problems: [], baseImages: [] };
  await engineThatSays(t, { "GET /_ping": [200, "OK"], "GET /drydock/v1/status": [200, status] });
  const findings = new Map((await checkEngine(settings)).map((finding) => [finding.name, finding]));
  assertFinding(findings.get("base images"), "note", /none can be made/, /images load FILE\.tar/);
  assertFinding(findings.get("DNS in a container"), "note", /was not tried/, /run doctor again/);
});

for (const { code, onHost, state, detail, advice } of [
  { code: 0, onHost: true, state: "ok", detail: /is found$/ },
  { code: 1, onHost: true, state: "warning", detail: /on the host but not in a container/, advice: /firewall/ },
  {
    code: 1,
    onHost: false,
    state: "note",
    detail: /neither in a container nor on the host/,
    advice: /no internet names/,
  },
] as const) {
  test(`DNS in a container that ends with ${code}, ${onHost ? "found" : "not found"} on the host`, async (t) => {
    await engineThatSays(t, {
      "GET /_ping": [200, "OK"],
      "GET /drydock/v1/status": [200, { version: "1", problems: [], baseImages: [busybox] }],
      "POST /v1.43/containers/create": [201, { Id: "c1" }],
      "POST /v1.43/containers/c1/start": [204, ""],
      "POST /v1.43/containers/c1/wait": [200, { StatusCode: code }],
      "DELETE /v1.43/containers/c1?force=1&v=1": [204, ""],
    });
    const findings = await checkEngine(settings, () => Promise.resolve(onHost));
    assertFinding(
      findings.find((finding) => finding.name === "DNS in a container"),
      state,
      detail,
      advice,
    );
  });
}

test("AppArmor: whether it confines containers is said either way", () => {
  assertFinding(checkAppArmor(join(directory, "nothing")), "note", /^not in this kernel: user namespaces/, /gVisor/);
  writeFileSync(join(directory, "enabled"), "Y\n");
  assertFinding(
    checkAppArmor(directory, () => undefined),
    "warning",
    /no profile can be loaded: user/,
    /install apparmor/,
  );
  assertFinding(
    checkAppArmor(directory, (name) => `/sbin/${name}`),
    "ok",
    /^containers have the profile drydock-default$/,
  );
  writeFileSync(join(directory, "enabled"), "N\n");
  assertFinding(checkAppArmor(directory), "note", /^not in this kernel/, /gVisor/);
});

test("where packages come from: private sources are open to learners, a proxy wants the operator's word", async (t) => {
  const policies = ["open", "class", "public"].map((name) => ({
    name,
    rules: [
      { name: "privateAddresses", value: name === "open" },
      { name: "privateHosts", value: name === "class" ? ["192.168.77.5:3142"] : [] },
    ],
  }));
  const engine = createHttpServer((_, response) => response.end(JSON.stringify(policies)));
  mkdirSync(settings.run, { recursive: true });
  await new Promise<void>((resolve) => engine.listen(join(settings.run, "drydock.sock"), resolve));
  t.after(() => engine.close());
  const machine = {
    aptSources: ["deb http://192.168.77.6/debian bookworm main", "deb http://127.0.0.1:3142/debian bookworm main"],
    aptSettings: ['Acquire::http::Proxy "http://192.168.77.5:3142";'],
    npmSettings: ["registry=http://203.0.113.1/"],
    pipSettings: [],
  };
  const [mirror, own, proxy, ...others] = await checkPackagePlaces(settings, () => Promise.resolve(machine));
  assertFinding(mirror, "ok", /192\.168\.77\.6:80 is in a private network, and open/);
  assertFinding(own, "warning", /127\.0\.0\.1:3142 is on this machine/, /containers do not reach the machine itself/);
  const command = /sudo \.\/drydock policy set public privateHosts=\+192\.168\.77\.5:3142$/;
  assertFinding(proxy, "warning", /192\.168\.77\.5:3142 .* shut to learners \(public\)/, command);
  assert.deepEqual(others, []);
});
