import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fingerprintOf } from "../../../server/cli/fingerprint.ts";
import type { Settings } from "../../../server/cli/settings.ts";
import { isCurrent, runningVersion, versionFile } from "../../../server/cli/version.ts";

const directory = mkdtempSync(join(tmpdir(), "drydock-version-"));
after(() => rmSync(directory, { recursive: true }));

function makeCheckout(): Settings {
  const checkout = join(mkdtempSync(join(directory, "c-")), "drydock");
  for (const [path, text] of [
    ["server/main.ts", "engine"],
    ["server/web.ts", "web"],
    ["server/cli/up.ts", "command"],
    ["data/pages/BUILD_ID", "1"],
  ] as const) {
    mkdirSync(join(checkout, path, ".."), { recursive: true });
    writeFileSync(join(checkout, path), text);
  }
  const run = join(checkout, "run");
  mkdirSync(run);
  return { checkout, run, data: join(checkout, "data"), webData: "/w", host: "127.0.0.1", port: 1, user: "drydock" };
}

for (const path of ["server/main.ts", "server/web.ts", "server/playground/new.ts", "data/pages.new/BUILD_ID"]) {
  test(`a changed ${path} asks for a restart`, () => {
    const settings = makeCheckout();
    writeFileSync(versionFile(settings), runningVersion(settings));
    assert.equal(isCurrent(settings), true);
    mkdirSync(join(settings.checkout, path, ".."), { recursive: true });
    writeFileSync(join(settings.checkout, path), "changed");
    assert.equal(isCurrent(settings), false);
  });
}

test("another port asks for a restart, a changed command does not", () => {
  const settings = makeCheckout();
  writeFileSync(versionFile(settings), runningVersion(settings));
  writeFileSync(join(settings.checkout, "server/cli/up.ts"), "changed");
  assert.equal(isCurrent(settings), true);
  assert.equal(isCurrent({ ...settings, port: 2 }), false);
});

test("what is changed in daemon.json asks for a restart", (t) => {
  const settings = makeCheckout();
  const file = join(settings.checkout, "daemon.json");
  const { DRYDOCK_CONFIG: before } = process.env;
  t.after(() => {
    if (before === undefined) delete process.env["DRYDOCK_CONFIG"];
    else process.env["DRYDOCK_CONFIG"] = before;
  });
  process.env["DRYDOCK_CONFIG"] = file;
  writeFileSync(versionFile(settings), runningVersion(settings));
  assert.equal(isCurrent(settings), true);
  writeFileSync(file, '{"debug": true}');
  assert.equal(isCurrent(settings), false);
});

test("a checkout that was moved keeps what was built in it", () => {
  const [here, there] = [makeCheckout().checkout, makeCheckout().checkout];
  assert.notEqual(here, there);
  assert.equal(fingerprintOf(here, ["server/main.ts"]), fingerprintOf(there, ["server/main.ts"]));
});
