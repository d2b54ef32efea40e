import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onPath } from "../../server/cli/apt.ts";
import { fingerprintOf } from "../../server/cli/fingerprint.ts";
import { dockerClient } from "../suites/docker-clients.ts";
import { VirtualMachine } from "./machine.ts";

const checkout = join(import.meta.dirname, "../..");
/** Disks hold sparse files of gigabytes: never on a file system in memory. */
const cache = join(process.env["DRYDOCK_VM_CACHE"] ?? "/var/tmp/drydock-vm", fingerprint());
const limitMs = 45 * 60_000;

/** Changes with how the disk is made. */
function fingerprint(): string {
  return fingerprintOf(join(checkout, "test"), ["vm/make-disk.sh", "bare/make-root.sh"]).slice(0, 12);
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "making the machine's disk needs root";
  if (process.arch !== "x64") return "the machine that is emulated is x86-64";
  if (onPath("qemu-system-x86_64") === undefined) return "needs qemu: apt-get install qemu-system-x86";
  return onPath("mkfs.ext4") === undefined ? "needs mkfs.ext4: apt-get install e2fsprogs" : undefined;
}

/** A clone of what is committed with all its set-up done, as a tar: under emulation that would take half an hour. */
async function pack(directory: string): Promise<string> {
  const tree = join(directory, "tree");
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${checkout}`, tree]);
  mkdirSync(join(tree, ".drydock"));
  const built = ["node_modules", "prisma/generated", ".next", ".drydock/toolchain", ".drydock/stamps"];
  for (const path of [...built, ".drydock/bin"]) {
    if (existsSync(join(checkout, path))) execFileSync("cp", ["-a", join(checkout, path), join(tree, path)]);
  }
  const setUp =
    'const { setUp } = await import("./server/cli/setup.ts"); const { readSettings } = await import("./server/cli/settings.ts"); await setUp(readSettings());';
  execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", setUp], {
    cwd: tree,
    env: { ...process.env, DRYDOCK_CHECKOUT: tree, DRYDOCK_SETTINGS: join(directory, "settings.json") },
    stdio: ["ignore", "inherit", "inherit"],
  });
  mkdirSync(join(tree, "test-client"));
  cpSync(await dockerClient(), join(tree, "test-client/docker"), { dereference: true });
  const payload = join(directory, "payload.tar");
  // What only building and checking need would only take time to copy.
  const unneeded = [".git", ".next/cache", "node_modules/@next/swc*", "node_modules/*oxlint*", "node_modules/*oxfmt*"];
  const more = ["node_modules/monaco-editor", "node_modules/@typescript", "node_modules/playwright-core"];
  const excluded = [...unneeded, ...more].map((path) => `--exclude=./${path}`);
  execFileSync("tar", ["-C", tree, "--owner=0", "--group=0", ...excluded, "-cf", payload, "."]);
  rmSync(tree, { recursive: true });
  return payload;
}

test(
  "a machine with systemd and cgroup v2: up, limits, down, the service, a reboot",
  { timeout: limitMs },
  async (t) => {
    const reason = whyNot();
    if (reason !== undefined) return t.skip(reason);
    if (!existsSync(join(cache, "disk.img"))) {
      const made = spawnSync(join(import.meta.dirname, "make-disk.sh"), [cache], { encoding: "utf8" });
      if (made.status === 77) return t.skip(made.stderr.trim());
      assert.equal(made.status, 0, made.stderr);
    }
    const directory = mkdtempSync(join(cache, "run-"));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const machine = new VirtualMachine({ disk: cache, payload: await pack(directory), directory });
    t.after(() => machine.kill());
    const output = await machine.untilOff(limitMs - 60_000, (text) => void process.stderr.write(text));
    assert.match(output, /^VM-OK$/m, `the session failed:\n${output.slice(-6000)}`);
  },
);
