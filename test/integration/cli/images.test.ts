import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Installation } from "../../suites/installation.ts";

const skip = process.getuid?.() === 0 ? false : "the command needs root";
const installation = new Installation();
const operator = join(installation.run, "drydock.sock");

function call(
  socketPath: string,
  method: string,
  path: string,
  body?: { type: string; content: Buffer },
): Promise<{ status: number; content: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Type": body.type };
    const outgoing = request({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, content: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body?.content);
  });
}

/** What a learner's build of these lines says. */
async function build(dockerfile: string): Promise<string> {
  const tenant = { id: "learner", policy: "public", limits: {} };
  const json = { type: "application/json", content: Buffer.from(JSON.stringify(tenant)) };
  const made = await call(operator, "POST", "/drydock/v1/tenants", json);
  assert.ok(made.status < 300, made.content.toString());
  const { socket } = JSON.parse(made.content.toString()) as { socket: string };
  const context = join(installation.directory, "context");
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  const tar = spawnSync("tar", ["-C", context, "-cf", "-", "."]).stdout;
  const answer = await call(socket, "POST", "/v1.43/build?nocache=1&t=learners/own", {
    type: "application/x-tar",
    content: tar,
  });
  return answer.content.toString();
}

before(async () => {
  if (skip === false) await installation.start();
});
after(() => installation.remove());

test("a directory becomes a base image that learners build from", { skip }, async () => {
  const root = join(installation.directory, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/made-by"), "the operator\n");
  const { status, stdout, stderr } = installation.command("images", "load", root, "campus/base:7");
  assert.equal(status, 0, stdout + stderr);
  assert.match(await build("FROM campus/base:7\nCOPY Dockerfile /\n"), /Successfully built/);
  assert.match(installation.command("images").stdout, /^campus\/base:7 +ready \(yours, for all learners\)$/m);
  // What learners build is theirs.
  assert.doesNotMatch(installation.command("images").stdout, /learners\/own/);
  // The operator's log has the learner and the build, a line each, and nothing of what was built.
  const { stdout: logs } = installation.command("logs");
  assert.match(logs, /^\S+Z tenant learner is made \(policy public\)$/m);
  assert.match(logs, /^\S+Z build \S+ of learner begins/m);
  assert.match(logs, /^\S+Z build \S+ of learner completed in \d+ ms$/m);
  await build("FROM campus/base:7\nRUN echo s3cret && false\n");
  const { stdout: after } = installation.command("logs");
  assert.match(after, /^\S+Z build \S+ of learner failed at line 2 .*after \d+ ms$/m);
  assert.doesNotMatch(after, /s3cret/);
});

test("images list names every base image once with its state, as images alone does", { skip }, () => {
  const { status, stdout, stderr } = installation.command("images", "list");
  assert.equal(status, 0, stderr);
  assert.equal(installation.command("images").stdout, stdout);
  const lines = stdout.trimEnd().split("\n");
  for (const line of lines) assert.match(line, /^\S+ +\S.* \((local stand-in|yours, for all learners)\)$/);
  const names = lines.map((line) => line.split(" ")[0]);
  assert.equal(new Set(names).size, names.length);
  for (const name of ["busybox", "campus/base:7"]) assert.ok(names.includes(name), stdout);
});

test("a directory that cannot be read whole becomes no image", { skip }, () => {
  const root = join(installation.directory, "torn");
  mkdirSync(root);
  writeFileSync(join(root, "readable"), "x");
  const closed = join(root, "closed");
  writeFileSync(closed, "x");
  chmodSync(closed, 0o600);
  chownSync(closed, 12_345, 12_345);
  const notAll = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];
  const { status, stdout, stderr } = installation.commandUnder(notAll, "images", "load", root, "campus/torn:1");
  assert.equal(status, 1, stdout + stderr);
  assert.match(stderr, /could not read all of \S+torn/);
  assert.doesNotMatch(installation.command("images", "list").stdout, /campus\/torn/);
});

test("an archive of docker save is loaded with its name", { skip }, async () => {
  const saved = await call(operator, "GET", "/v1.43/images/campus/base:7/get");
  const file = join(installation.directory, "base.tar");
  writeFileSync(file, saved.content);
  await call(operator, "DELETE", "/v1.43/images/campus/base:7");
  const { status, stdout, stderr } = installation.command("images", "load", file);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /campus\/base:7/);
  assert.match(await build("FROM campus/base:7\nCOPY Dockerfile /\n"), /Successfully built/);
});

test("what is no image is refused with what to do", { skip }, () => {
  const file = join(installation.directory, "other.tar");
  writeFileSync(file, spawnSync("tar", ["-C", import.meta.dirname, "-cf", "-", "."]).stdout);
  const refused = installation.command("images", "load", file);
  assert.equal(refused.status, 1);
  assert.match(refused.stdout + refused.stderr, /no image archive/);
  rmSync(file);
  const missing = installation.command("images", "load", file);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /does not exist/);
  const nameless = installation.command("images", "load", installation.directory);
  assert.match(nameless.stderr, /needs a name/);
});
