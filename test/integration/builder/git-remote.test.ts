import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Drydockd, type Outcome, whyNot } from "../../suites/drydockd.ts";
import { send, until } from "../faults/http.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
let address = "";

/** A git daemon in a container, with the machine's programs. */
before(async () => {
  if (skip !== false) return;
  await engine.start();
  const repository = join(engine.directory, "served/repo");
  mkdirSync(join(repository, "app"), { recursive: true });
  writeFileSync(join(repository, "app/Dockerfile"), "FROM busybox\nCOPY . /app/\nCMD cat /app/page\n");
  writeFileSync(join(repository, "app/page"), "a page\n");
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
  for (const args of [
    ["init", "--quiet", "--initial-branch=main"],
    ["add", "--all"],
    ["commit", "--quiet", "-m", "x"],
  ]) {
    execFileSync("git", [...identity, ...args], { cwd: repository });
  }
  const binds = ["/usr:/usr:ro", "/usr/lib:/lib:ro", "/usr/lib64:/lib64:ro", `${engine.directory}/served:/srv:ro`];
  const trust = ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"];
  const options = [...binds.flatMap((bind) => ["-v", bind]), ...trust.flatMap((pair) => ["-e", pair])];
  const daemon = ["/usr/bin/git", "daemon", "--export-all", "--verbose", "--base-path=/srv", "/srv"];
  good(await engine.docker("run", "-d", "--name", "git", ...options, "busybox", ...daemon));
  address = good(await engine.docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "git"));
  await until("it serves", async () => (await engine.docker("logs", "git")).stderr.includes("Ready"));
});

after(async () => {
  if (skip === false) await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout.trim();
}

function build(remote: string, query = ""): Promise<{ status: number; text: string }> {
  return send(engine.socket, `/v1.41/build?remote=${encodeURIComponent(remote)}${query}`, { method: "POST" });
}

test("POST /build fetches a repository as a step of its own and builds a directory of it", { skip }, async () => {
  const { text } = await build(`git://${address}/repo/.git#main:app`, "&t=fetched");
  assert.match(text, /Successfully tagged fetched:latest/, text);
  assert.equal(good(await engine.docker("run", "--rm", "fetched")), "a page");
  assert.deepEqual(readdirSync(join(engine.dataDirectory, "tenants/operator/builder/git-contexts")), []);
});

test("a repository that is not there, and one over SSH, are refused in words", { skip }, async () => {
  const missing = await build(`git://${address}/none/.git`);
  assert.match(missing.text, /unable to prepare context: failed to fetch remote git:\/\/[\d.]+\/none\/\.git/);
  const ssh = await build("git@example.org:a/b.git");
  assert.match(ssh.text, /Git over SSH needs a key.*https:/);
});
