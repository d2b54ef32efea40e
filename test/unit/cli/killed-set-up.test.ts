import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const cli = join(import.meta.dirname, "../../../server/cli");
let checkout = "";

/**
 * Stands for npm, apt-get, groupadd and useradd: notes each call, and does its work; is stuck in the middle of what the
 * file `hang` names.
 */
const program = `#!/bin/sh
cd "$CHECKOUT"
case "$*" in update) exit 0 ;; esac
echo "$*" >>calls
more=
case "$*" in
  *build) made=.next/BUILD_ID half=.next/half ;;
  ci*) made=node_modules/.package-lock.json half=node_modules/half ;;
  *db) made=prisma/generated/postgresql/client.ts half=prisma/generated/client.ts more=$half ;;
  *install*) made=bin/wanted half=bin/.half ;;
  --system*--gid*) made=etc/passwd half=etc/passwd.lock ;;
  --system*) made=etc/group half=etc/group.lock ;;
esac
mkdir -p "$(dirname "$made")" && touch "$half"
if [ "$(cat hang 2>&-)" = "$made" ]; then rm hang && touch begun && exec sleep 600; fi
rm "$half" && echo "$*" >"$made" && [ -z "$more" ] || echo "$*" >"$more"`;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "drydock-killed-"));
  for (const directory of [".drydock/bin", "bin", "app", "prisma"])
    mkdirSync(join(checkout, directory), { recursive: true });
  const programs = {
    ".drydock/bin/npm": program,
    "bin/apt-get": program,
    "bin/apt-cache": "#!/bin/sh\necho '  Candidate: 1.0'",
    "bin/groupadd": program,
    "bin/useradd": program,
    "bin/getent": '#!/bin/sh\ngrep -q " $2\\$" "$CHECKOUT/etc/$1"',
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(checkout, name), text);
    chmodSync(join(checkout, name), 0o755);
  }
  for (const name of ["package-lock.json", "app/page.tsx", "prisma/schema.prisma", "prisma/generate.ts"]) {
    writeFileSync(join(checkout, name), "1");
  }
});
afterEach(() => rmSync(checkout, { recursive: true }));

// Node.js itself, which the shell part fetches before there is any of this: shell-part.test.ts.
const steps = [
  {
    name: "npm ci",
    call: "setup.installModules(settings)",
    calls: /^ci --no-audit --no-fund$/,
    made: "node_modules/.package-lock.json",
  },
  {
    name: "making the database client",
    call: "setup.generateDatabaseClient(settings)",
    calls: /^run db$/,
    made: "prisma/generated/postgresql/client.ts",
  },
  { name: "adding web's group", call: "setup.makeUser(settings)", calls: /^--system learner$/, made: "etc/group" },
  {
    name: "adding web's user",
    call: "setup.makeUser(settings)",
    calls: /^--system --gid .*learner$/,
    made: "etc/passwd",
  },
  { name: "the web build", call: "setup.buildWeb(settings)", calls: /^run build$/, made: ".next/BUILD_ID" },
  {
    name: "apt-get install",
    call: 'apt.installPackages([{ commands: ["wanted"], package: "wanted", why: "test" }], settings, "packages")',
    calls: /install -y --no-install-recommends wanted$/,
    made: "bin/wanted",
  },
];

/** As `up` does this step, in a process of its own. */
function commandOf(call: string): { args: string[]; env: NodeJS.ProcessEnv } {
  const script = `
    const [setup, apt] = [await import("${cli}/setup.ts"), await import("${cli}/apt.ts")];
    const settings = { checkout: process.env.CHECKOUT, user: "learner" };
    await ${call};`;
  const env = { ...process.env, CHECKOUT: checkout, PATH: `${join(checkout, "bin")}:${process.env["PATH"]}` };
  return { args: ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script], env };
}

for (const { name, call, calls, made } of steps) {
  test(`killed in the middle of ${name}, up does it again and finishes; once more it is left alone`, async () => {
    const { args, env } = commandOf(call);
    const again = () => {
      const { status, stderr, stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
      assert.equal(status, 0, stdout + stderr);
    };
    const called = () => readFileSync(join(checkout, "calls"), "utf8").trim().split("\n");
    writeFileSync(join(checkout, "hang"), made);
    const first = spawn(process.execPath, args, { env, detached: true, stdio: "ignore" });
    const ended = once(first, "exit");
    while (!existsSync(join(checkout, "begun")) && first.exitCode === null) await sleep(20);
    assert.ok(first.pid !== undefined && first.exitCode === null, "it is in the middle of it");
    process.kill(-first.pid, "SIGKILL");
    await ended;
    assert.equal(existsSync(join(checkout, made)), false);

    again();
    assert.ok(existsSync(join(checkout, made)));
    assert.equal(called().filter((line) => calls.test(line)).length, 2);
    const all = called();
    again();
    assert.deepEqual(called(), all, "what is done is not done again");
  });
}

test("killed in the middle of a later build, with an older one whole, up builds again", async () => {
  const { args, env } = commandOf("setup.buildWeb(settings)");
  assert.equal(spawnSync(process.execPath, args, { env }).status, 0);
  writeFileSync(join(checkout, "app/page.tsx"), "2");
  writeFileSync(join(checkout, "hang"), ".next/BUILD_ID");
  const killed = spawn(process.execPath, args, { env, detached: true, stdio: "ignore" });
  const ended = once(killed, "exit");
  while (!existsSync(join(checkout, "begun")) && killed.exitCode === null) await sleep(20);
  assert.ok(killed.pid !== undefined && killed.exitCode === null);
  process.kill(-killed.pid, "SIGKILL");
  await ended;
  assert.equal(spawnSync(process.execPath, args, { env }).status, 0);
  assert.equal(existsSync(join(checkout, ".next/half")), false, "half a build was taken for a whole one");
});
