import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "../../../server/compose/shared.ts";

const skip = process.getuid?.() === 0 ? false : "the command needs root";
const directory = mkdtempSync(join(tmpdir(), "drydock-shell-"));
const checkout = join(import.meta.dirname, "../../..");
copyFileSync(join(checkout, "drydock"), join(directory, "drydock"));
mkdirSync(join(directory, "server/cli/doctor"), { recursive: true });
copyFileSync(join(checkout, "server/cli/doctor/before-node.sh"), join(directory, "server/cli/doctor/before-node.sh"));
after(() => rmSync(directory, { recursive: true }));

cpSync(join(checkout, "server/cli/help"), join(directory, "server/cli/help"), { recursive: true });

function drydock(...args: string[]) {
  return spawnSync("bash", [join(directory, "drydock"), ...args], { encoding: "utf8" });
}

test("before the first up there is nothing to stop, and down says so", () => {
  const { status, stdout } = drydock("down");
  assert.equal(status, 0);
  assert.match(stdout, /is not set up in .*: sudo \.\/drydock up/);
});

for (const command of ["status", "logs", "images"]) {
  test(`before the first up, ${command} names it and fetches nothing`, () => {
    const { status, stdout } = drydock(command);
    assert.equal(status, 1);
    assert.match(stdout, /sudo \.\/drydock up/);
    assert.equal(existsSync(join(directory, ".drydock")), false);
  });
}

test("before the first up it says which version it is: the engine's", () => {
  copyFileSync(join(checkout, "package.json"), join(directory, "package.json"));
  for (const word of ["version", "--version", "-v"]) {
    const { status, stdout } = drydock(word);
    assert.equal(status, 0);
    assert.equal(stdout, `drydock ${version}\n`);
  }
});

test("before the first up every command explains itself, without root, and nothing is fetched for it", () => {
  const texts = readdirSync(join(directory, "server/cli/help"));
  assert.ok(texts.length > 10);
  for (const file of texts) {
    const name = file.replace(/\.txt$/, "");
    const text = readFileSync(join(directory, "server/cli/help", file), "utf8");
    const ways =
      name === "drydock"
        ? [[], ["help"], ["--help"], ["-h"]]
        : [
            ["help", name],
            [name, "--help"],
            [name, "x", "-h"],
          ];
    for (const args of ways) {
      const { status, stdout, stderr } = drydock(...args);
      assert.deepEqual([status, stdout, stderr], [0, text, ""], args.join(" "));
    }
  }
  assert.match(drydock("help", "nothing").stdout, /is not set up/);
  assert.equal(existsSync(join(directory, ".drydock")), false);
});

test("before the first up, doctor checks all that it can and says what to do", { skip }, () => {
  const { status, stdout } = drydock("doctor");
  const names = ["kernel", "cgroups", "overlayfs", "user namespaces", "nftables", "runtime crun", "disk", "port"];
  for (const name of [...names, "package source", "drydockd"]) {
    assert.match(stdout, new RegExp(`^[✓·!✗] ${name} +\\S`, "m"));
  }
  const lines = stdout.trimEnd().split("\n");
  assert.equal(status, lines.some((line) => line.startsWith("✗")) ? 1 : 0);
  lines.forEach((line, index) => {
    if (/^[·!✗]/.test(line)) assert.match(lines[index + 1] ?? "", /^ +→ \S/, line);
  });
  assert.match(stdout, /→ sudo \.\/drydock up$/m);
  assert.equal(existsSync(join(directory, ".drydock")), false);
});

for (const command of ["down", "status", "logs", "doctor"]) {
  test(`after a pull that asks for another Node.js, ${command} goes on with the one that is there`, (t) => {
    const bin = join(directory, ".drydock/bin");
    mkdirSync(bin, { recursive: true });
    t.after(() => rmSync(join(directory, ".drydock"), { recursive: true }));
    symlinkSync(process.execPath, join(bin, "node"));
    writeFileSync(join(directory, "server/cli/main.ts"), "console.log(`runs ${process.argv[2]}`);\n");
    const { status, stdout, stderr } = drydock(command);
    assert.equal(stdout, `runs ${command}\n`, stderr);
    assert.equal(status, 0);
  });
}

test("without npm and a package source up says so before it has fetched anything", { skip }, (t) => {
  const bin = join(directory, "bare");
  mkdirSync(bin);
  t.after(() => [bin, join(directory, ".drydock")].forEach((path) => rmSync(path, { recursive: true, force: true })));
  // PATH without npm, whatever this machine has installed.
  for (const name of readdirSync("/usr/bin").filter((file) => !["npm", "apt-get", "dpkg"].includes(file))) {
    symlinkSync(join("/usr/bin", name), join(bin, name));
  }
  writeFileSync(join(bin, "dpkg"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(bin, "apt-get"), "#!/bin/sh\necho 'E: Failed to fetch the lists' >&2; exit 100\n", {
    mode: 0o755,
  });
  const env = { ...process.env, PATH: bin };
  const up = spawnSync("/bin/bash", [join(directory, "drydock"), "up"], { encoding: "utf8", env });
  assert.equal(up.status, 1, up.stdout);
  assert.match(up.stderr, /could not install npm\. Is there a package source/);
  assert.match(up.stderr, /^E: Failed to fetch the lists$/m);
  assert.match(
    up.stderr,
    /Check this machine's network and \/etc\/apt\/sources\.list\*, then run the same command again/,
  );
});

test("a Node.js that cannot be fetched leaves the one that is there", { skip }, (t) => {
  const [bin, toolchain] = [join(directory, ".drydock/bin"), join(directory, ".drydock/toolchain")];
  const fake = join(directory, "fake");
  for (const path of [bin, toolchain, fake]) mkdirSync(path, { recursive: true });
  t.after(() => [join(directory, ".drydock"), fake].forEach((path) => rmSync(path, { recursive: true })));
  symlinkSync(process.execPath, join(toolchain, "node"));
  symlinkSync("../toolchain/node", join(bin, "node"));
  writeFileSync(join(fake, "npm"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const env = { ...process.env, PATH: `${fake}:${process.env["PATH"]}` };
  const up = spawnSync("bash", [join(directory, "drydock"), "up"], { encoding: "utf8", env });
  assert.match(up.stderr, /could not fetch Node\.js/);
  writeFileSync(join(directory, "server/cli/main.ts"), "console.log(`runs ${process.argv[2]}`);\n");
  assert.equal(drydock("down").stdout, "runs down\n");
});

test("a Node.js that does not run here counts as none", (t) => {
  const bin = join(directory, ".drydock/bin");
  mkdirSync(bin, { recursive: true });
  t.after(() => rmSync(join(directory, ".drydock"), { recursive: true }));
  symlinkSync("../toolchain/none", join(bin, "node"));
  assert.match(drydock("down").stdout, /is not set up in/);
});

/** Stands for npm: notes each call, and installs a Node.js; with the file `hang` it is stuck in the middle of that. */
const fakeNpm = `#!/bin/sh
echo "$*" >>"$FAKE/calls"
for word; do case $word in node-linux-*) package=\${word%@*} ;; esac; done
mkdir -p "node_modules/$package/bin" && touch "node_modules/$package/bin/node"
if [ -e "$FAKE/hang" ]; then rm "$FAKE/hang" && touch "$FAKE/begun" && exec sleep 600; fi
ln -sf "$NODE" "node_modules/$package/bin/node"`;

test(
  "killed while Node.js is fetched, up fetches it again and goes on; once more it is left alone",
  { skip },
  async (t) => {
    const [fake, home] = [join(directory, "fake"), join(directory, ".drydock")];
    mkdirSync(fake);
    t.after(() => [home, fake].forEach((path) => rmSync(path, { recursive: true })));
    writeFileSync(join(fake, "npm"), fakeNpm, { mode: 0o755 });
    writeFileSync(join(fake, "hang"), "");
    writeFileSync(join(directory, "server/cli/main.ts"), "console.log(`runs ${process.argv[2]}`);\n");
    const env = { ...process.env, FAKE: fake, NODE: process.execPath, PATH: `${fake}:${process.env["PATH"]}` };
    const args = [join(directory, "drydock"), "up"];
    const killed = spawn("bash", args, { env, detached: true, stdio: "ignore" });
    const ended = once(killed, "exit");
    while (!existsSync(join(fake, "begun")) && killed.exitCode === null) await sleep(20);
    assert.ok(killed.pid !== undefined && killed.exitCode === null, "it is in the middle of it");
    process.kill(-killed.pid, "SIGKILL");
    await ended;
    assert.match(drydock("down").stdout, /is not set up in/, "half a Node.js was taken for a whole one");

    const calls = () => readFileSync(join(fake, "calls"), "utf8").trim().split("\n").length;
    for (const time of ["again", "once more"]) {
      const { status, stdout, stderr } = spawnSync("bash", args, { env, encoding: "utf8" });
      assert.equal(status, 0, `${time}: ${stderr}`);
      assert.match(stdout, /^runs up$/m, time);
      assert.equal(calls(), 2, time);
    }
    assert.equal(existsSync(join(home, "toolchain.new")), false);
  },
);
