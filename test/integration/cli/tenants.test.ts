import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import type { LoggedRequest } from "#contract/request-log.ts";
import { dockerClient, whyNoDocker } from "../../suites/docker-clients.ts";
import { Installation } from "../../suites/installation.ts";

const skip = process.getuid?.() === 0 ? (whyNoDocker() ?? false) : "the command needs root";
const installation = new Installation();
let client = "";
const socket = join(installation.run, "tenants/ada/docker.sock");

before(async () => {
  if (skip !== false) return;
  client = await dockerClient();
  await installation.start();
});
after(() => installation.remove());

function tenants(...args: string[]): string {
  const { status, stdout, stderr } = installation.command("tenants", ...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

function refused(...args: string[]): string {
  const { status, stderr } = installation.command("tenants", ...args);
  assert.notEqual(status, 0);
  return stderr;
}

function docker(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(client, ["-H", `unix://${socket}`, ...args], { encoding: "utf8" });
}

test("the operator makes a learner, whose Docker API is a socket", { skip }, () => {
  assert.match(tenants("create", "ada", "--memory", "64m", "--containers", "1"), /ada is made, with the policy class/);
  const table = tenants("list");
  assert.match(table, new RegExp(`^ada +class +unused +- +${socket}$`, "m"));
  const columns = table
    .trimEnd()
    .split("\n")
    .map((line) => line.search(/SOCKET|\/\S+\.sock/));
  assert.deepEqual(new Set(columns).size, 1, table);
  const shown = tenants("show", "ada");
  assert.match(shown, /^pids +\d+ +1024$/m, "limits of a sensible size where none are asked for");
  const allowed = [...shown.matchAll(/^.* {2}(?=ALLOWED$|1024$|no limit$)/gm)].map(([before]) => before.length);
  assert.ok(allowed.length > 2 && new Set(allowed).size === 1, shown);
  assert.match(docker("info", "--format", "{{.MemTotal}}").stdout, /^67108864$/m);
  assert.match(tenants("--help"), /create \[ID\]/);
  assert.match(refused("create", "ada"), /there is a tenant ada already/);
  assert.match(refused("create", "bob", "--policy", "publick"), /there is no policy "publick": class, public, open/);
});

test("limits are shown as used and allowed, and change at once", { skip }, () => {
  const root = join(installation.directory, "root");
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "file"), "content\n");
  const tar = spawnSync("tar", ["-C", root, "-cf", "-", "."]).stdout;
  const load = spawnSync(client, ["-H", `unix://${socket}`, "import", "-", "campus:7"], { input: tar });
  assert.equal(load.status, 0, load.stderr.toString());
  assert.equal(docker("create", "--name", "one", "campus:7", "/file").status, 0);
  assert.match(tenants("list"), new RegExp(`^ada +class +1 container, 1 image +- +${socket}$`, "m"));
  assert.doesNotMatch(tenants("list", "--unused"), /^ada /m);
  assert.match(docker("create", "--name", "two", "campus:7", "/file").stderr, /the limit of 1 containers is reached/);
  assert.match(tenants("show", "ada"), /^containers +1 +1$/m);
  const changed = tenants("limits", "ada", "--containers", "2", "--memory", "none");
  assert.match(changed, /^containers +1 +2$/m);
  assert.match(changed, /^memory +.* no limit$/m);
  assert.equal(docker("create", "--name", "two", "campus:7", "/file").status, 0);
  assert.match(refused("limits", "ada", "--memory", "lots"), /--memory lots: expected bytes/);
});

test(
  "a limit with which nothing could run is refused in words; one that cannot be applied leaves that before",
  { skip },
  () => {
    for (const flag of ["--memory", "--open-files", "--requests-at-once", "--idle-hours", "--connections"]) {
      assert.match(refused("limits", "ada", flag, "0"), new RegExp(`${flag} 0: it is a number of .* or more, or none`));
    }
    assert.match(refused("create", "zero", "--pids", "0"), /--pids 0: it is a number of 8 or more/);
    assert.doesNotMatch(tenants("list"), /zero/);
    tenants("limits", "ada", "--connections", "7");
    assert.match(tenants("show", "ada"), /^connections +7$/m);
    tenants("limits", "ada", "--connections", "none");
    assert.match(tenants("show", "ada"), /^connections +1000$/m);
  },
);

test("one tenant that asks too much keeps the operator from seeing no other", { skip }, () => {
  assert.match(tenants("limits", "ada", "--requests", "0.1"), /^requests +0\.1$/m);
  assert.match(tenants("list"), /^operator +open +\w.*\nada +class +at its limit of requests +-/m);
  tenants("limits", "ada", "--requests", "none");
});

test("what the operator looks at is not among what the learner asked", { skip }, async () => {
  const noted: LoggedRequest[] = [];
  tenants("list");
  tenants("show", "ada");
  docker("volume", "inspect", "last");
  const [response] = (await once(get({ socketPath: socket, path: "/drydock/v1/requests" }), "response")) as [
    IncomingMessage,
  ];
  for await (const line of createInterface({ input: response })) {
    noted.push(JSON.parse(line) as LoggedRequest);
    if (noted.at(-1)?.path.endsWith("/volumes/last") === true) break;
  }
  response.destroy();
  assert.ok(noted.length > 1);
  assert.deepEqual(
    noted.filter(({ client: name }) => !name.startsWith("Docker-Client/")),
    [],
  );
});

test("the operator changes what a policy allows, and takes it back", { skip }, () => {
  const policy = (...args: string[]) => installation.command("policy", ...args);
  const create = () => docker("create", "--cap-add", "NET_ADMIN", "campus:7", "/file");
  tenants("limits", "ada", "--containers", "10");
  assert.match(
    create().stderr,
    // newer clients send the name as it was typed
    /--cap-add (?:CAP_)?NET_ADMIN is not allowed here \(rule "capabilities" of the class policy\)/,
  );
  const set = policy("set", "class", "capabilities=+NET_ADMIN,-SYS_PTRACE", "annotations=on");
  assert.match(set.stdout, /^\* capabilities +CHOWN,.*,NET_ADMIN$/m, set.stderr);
  assert.match(set.stdout, /^\* annotations +on$/m);
  assert.doesNotMatch(set.stdout, /privileged|idleHours/, "only what was changed");
  assert.match(set.stdout, /^All rules: sudo .\/drydock policy show class$/m);
  assert.equal(create().status, 0);
  assert.match(docker("create", "--cap-add", "SYS_PTRACE", "campus:7", "/file").stderr, /not allowed here/);
  assert.match(policy("show", "class").stdout, /^\* annotations +on$/m);
  assert.match(
    policy("show", "public").stdout,
    /"none" is only the policy's part: a workspace .* is made\n.*DRYDOCK_TENANT_MEM/,
  );
  const reset = policy("reset", "class", "capabilities").stdout;
  assert.match(reset, /^ {2}capabilities .*SYS_PTRACE/m);
  assert.doesNotMatch(reset, /annotations|privileged/);
  assert.match(create().stderr, /not allowed here/);
  assert.match(policy("reset", "class").stdout, /^class\n {2}annotations +off\n.*\n\nAll rules: /);
  assert.match(policy("reset", "class").stdout, /^Nothing to reset/);
  assert.doesNotMatch(policy("show", "class").stdout, /^\*/m);
  assert.match(policy("set", "class", "binds=anywhere").stderr, /the rule binds is one of workspace, host/);
  assert.match(policy("set", "nobody", "binds=host").stderr, /there is no policy "nobody": open, class, public/);
  assert.match(policy("set", "class", "images=ten").stderr, /^\S* ?images=ten: expected a whole number, or none/m);
  assert.match(
    policy("set", "class", "privateHosts=+mirror.lan:80").stderr,
    /privateHosts is a list of addresses with/,
  );
  assert.match(policy("set", "class", "magic=on").stderr, /"magic=on" sets no rule: privileged=…/);
  assert.match(policy("set", "class", "egres=none").stderr, /"egres=none" sets no rule \(did you mean egress\?\): /);
  assert.match(policy("set", "class", "egress").stderr, /policy set class egress=VALUE: which value\?\nSee/);
});

test("the audit log tells who changed what, and which rule refused it", { skip }, () => {
  const audit = (...args: string[]) => installation.command("audit", ...args).stdout;
  docker("ps");
  docker("create", "--name", "noted", "--env", "TOKEN=secret", "campus:7", "/file");
  assert.match(docker("run", "--privileged", "campus:7", "/file").stderr, /is not allowed here/);
  const lines = audit("ada", "-n", "2").trim().split("\n");
  assert.match(lines[0] ?? "", /^20\S+Z ada +201 POST \/containers\/create name=noted$/);
  assert.match(
    lines[1] ?? "",
    /ada +403 POST \/containers\/create refused by "privileged": --privileged is not allowed/,
  );
  const changes = audit("operator");
  assert.match(changes, /operator +201 POST \/drydock\/v1\/tenants id=ada, policy=class, .*memory=67108864/m);
  assert.match(changes, /tenants\/ada\/limits memory: 67108864 → not set, containers: 1 → 2$/m);
  assert.match(
    changes,
    /200 PUT \/drydock\/v1\/policies\/class capabilities: CHOWN\+.* → .*\+NET_ADMIN, annotations: false → true$/m,
  );
  assert.match(changes, /200 DELETE \/drydock\/v1\/policies\/class capabilities: .*NET_ADMIN → CHOWN\+.*$/m);
  assert.doesNotMatch(audit(), /secret|containers\/json/);
  assert.match(audit("--refused"), /refused by "capabilities"/);
  assert.doesNotMatch(audit("--refused"), / 20\d POST/);
  assert.match(installation.command("audit", "bob", "--refused").stderr, /^nothing refused is noted of bob$/m);
});

test("a learner is stopped and removed with all there was", { skip }, () => {
  assert.match(refused("stop", "ada", "--memory", "1g"), /tenants has no option --memory/);
  assert.match(installation.command("backup", "/none/such").stderr, /there is no directory \/none: make it first/);
  assert.match(tenants("stop", "ada"), /are stopped/);
  assert.match(tenants("remove", "ada"), /is removed/);
  assert.ok(!existsSync(socket));
  assert.doesNotMatch(tenants("list"), /^ada /m);
  assert.match(refused("show", "ada"), /no such tenant: ada/);
  assert.match(refused("remove", "operator"), /the operator's own tenant cannot be removed/);
});
