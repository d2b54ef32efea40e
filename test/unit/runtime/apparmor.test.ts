import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasAppArmor, profileName, profileOf, profileText } from "#engine/runtime/spec/apparmor.ts";
import { onPath } from "../../../server/cli/apt.ts";
import { loadAppArmor } from "../../../server/compose/apparmor.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-apparmor-"));
after(() => rmSync(directory, { recursive: true }));

function program(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

const parser = onPath("apparmor_parser");

test(
  "AppArmor's own parser takes the profile, and not a part of it",
  { skip: parser === undefined && "apparmor_parser is not installed (apt-get install apparmor)" },
  () => {
    const parse = (input: string) =>
      spawnSync(parser ?? "", ["--skip-kernel-load", "--skip-cache"], { input, encoding: "utf8" });
    const { status, stderr } = parse(profileText);
    assert.equal(status, 0, stderr);
    assert.notEqual(parse(profileText.slice(0, -4)).status, 0);
    assert.notEqual(parse(profileText.replace("deny mount,", "deny mounting,")).status, 0);
  },
);

test("the profile is loaded where the kernel has AppArmor, and why it is not is told", () => {
  const told: string[] = [];
  const load = (candidates: string[], enabled = true) => {
    told.length = 0;
    return loadAppArmor((line) => told.push(line), { enabled, candidates });
  };
  const loading = program("loading", `grep -q 'profile ${profileName}' && [ "$*" = "--replace --skip-cache" ]`);
  const failing = program("failing", "cat > /dev/null; echo 'AppArmor parser error: no' >&2; exit 1");
  const missing = join(directory, "missing");
  assert.equal(load([missing, loading]), profileName);
  assert.deepEqual(told, []);
  assert.equal(load([failing, loading]), undefined);
  assert.match(told.join(), /without the AppArmor profile drydock-default: .*failing: AppArmor parser error: no$/);
  assert.equal(load([missing]), undefined);
  assert.match(told.join(), /apparmor_parser is not installed; install the package apparmor$/);
  assert.equal(load([failing], false), undefined);
  assert.deepEqual(told, [], "a kernel without it needs nothing");
});

test("whether the kernel has it is asked of its module", () => {
  const parameters = join(directory, "parameters");
  assert.equal(hasAppArmor(parameters), false);
  mkdirSync(parameters);
  writeFileSync(join(parameters, "enabled"), "N\n");
  assert.equal(hasAppArmor(parameters), false);
  writeFileSync(join(parameters, "enabled"), "Y\n");
  assert.equal(hasAppArmor(parameters), true);
});

test("a process has the profile that it asks for, else ours; what is privileged or says so has none", () => {
  const host = { appArmor: profileName };
  assert.deepEqual(profileOf({}, host), { apparmorProfile: profileName });
  assert.deepEqual(profileOf({ appArmor: "theirs" }, host), { apparmorProfile: "theirs" });
  assert.deepEqual(profileOf({ appArmor: "theirs", privileged: true }, host), { apparmorProfile: "theirs" });
  assert.deepEqual(profileOf({ privileged: true }, host), {});
  assert.deepEqual(profileOf({ appArmor: "unconfined" }, host), {});
  assert.deepEqual(profileOf({ appArmor: "theirs" }, { appArmor: undefined }), {}, "nor without AppArmor");
});
