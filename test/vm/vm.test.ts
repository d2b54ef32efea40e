import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onPath } from "../../server/cli/apt.ts";
import { CachedDisk } from "./disk.ts";
import { VirtualMachine } from "./machine.ts";

/** What `./drydock test` is asked for in the machine, instead of the session: groups or parts of files' paths. */
const tests = process.env["DRYDOCK_VM_TESTS"] ?? "";
/** Disks hold sparse files of gigabytes: never on a file system in memory. */
const cache = process.env["DRYDOCK_VM_CACHE"] ?? "/var/tmp/drydock-vm";
const limitMs = (tests === "" ? 45 : 600) * 60_000;

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "making the machine's disk needs root";
  if (process.arch !== "x64") return "the machine that is emulated is x86-64";
  if (onPath("qemu-system-x86_64") === undefined) return "needs qemu: apt-get install qemu-system-x86";
  return onPath("mkfs.ext4") === undefined ? "needs mkfs.ext4: apt-get install e2fsprogs" : undefined;
}

const what = tests === "" ? "up, limits, down, the service, a reboot" : `./drydock test ${tests}`;
test(`a machine with systemd and cgroup v2: ${what}`, { timeout: limitMs }, async (t) => {
  const cached = new CachedDisk(cache, tests !== "");
  const reason = whyNot() ?? cached.make();
  if (reason !== undefined) return t.skip(reason);
  const directory = mkdtempSync(join(cached.directory, "run-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const disk = cached.copyTo(directory, tests);
  const memory = tests === "" ? 3072 : 6144;
  const machine = new VirtualMachine({ boot: cached.directory, disk, directory, memory });
  t.after(() => machine.kill());
  const output = await machine.untilOff(limitMs - 60_000, (text) => void process.stderr.write(text));
  assert.match(output, /^VM-OK$/m, `the session failed:\n${output.slice(-6000)}`);
});
