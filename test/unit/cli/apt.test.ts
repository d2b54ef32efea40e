import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { installPackages } from "../../../server/cli/apt.ts";
import type { PackageNeed } from "../../../server/cli/packages.ts";
import type { Settings } from "../../../server/cli/settings.ts";

const path = process.env["PATH"];
let directory = "";
let settings: Settings;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dda-"));
  settings = { checkout: directory, data: "/d", run: "/r", webData: "/w", host: "127.0.0.1", port: 1, user: "drydock" };
});

afterEach(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

/** PATH is then these programs, each a shell script, and a shell. */
function machineWith(programs: Record<string, string>): void {
  const bin = join(directory, "programs");
  mkdirSync(bin, { recursive: true });
  for (const name of ["sh", "touch"]) if (!existsSync(join(bin, name))) symlinkSync(`/bin/${name}`, join(bin, name));
  // Of this machine's dpkg nothing is asked, whatever it is in the middle of.
  for (const [name, script] of Object.entries({ dpkg: "true", ...programs })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  process.env["PATH"] = bin;
}

const engine: PackageNeed = { commands: ["drydock-test-crun"], package: "crun", why: "runs containers" };
const nicety: PackageNeed = { commands: ["drydock-test-git"], package: "git", why: "Git", optional: true };
const install = () => installPackages([engine, nicety], settings, "system packages");
const has = (...names: string[]) =>
  names.map((name) => `[ "$2" != ${name} ] || echo '  Candidate: 1.0'`).join("\n") || "true";

test("a machine without apt is told which programs it needs, and what for", async () => {
  machineWith({});
  await assert.rejects(install(), /needs these programs.*no apt.*: drydock-test-crun \(runs containers\)/);
});

test("a package source that is not reached is told in apt's words, with what to do", async () => {
  machineWith({ "apt-get": "echo 'E: Failed to fetch the lists' >&2; exit 100" });
  await assert.rejects(install(), /E: Failed to fetch[^]*Check this machine's network and \/etc\/apt\/sources\.list/);
});

test("what no source has is named; the same call finishes once one has it", async () => {
  const fetched = join(directory, "programs/drydock-test-crun");
  machineWith({ "apt-get": `[ "$1" = update ] || touch ${fetched}`, "apt-cache": has() });
  await assert.rejects(
    install(),
    /package sources do not have crun\.\nIs a source missing .*run the same command again/,
  );
  assert.equal(existsSync(fetched), false);
  machineWith({ "apt-cache": has("crun") });
  await install();
  assert.ok(existsSync(fetched));
});
