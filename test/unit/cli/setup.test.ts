import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { Settings } from "../../../server/cli/settings.ts";
import { installModules } from "../../../server/cli/setup.ts";

let checkout = "";
let settings: Settings;

/** Stands for npm: notes each call, and fails with what is in `broken`, if anything. */
const npm = `#!/bin/sh
cd "$(dirname "$0")/../.."
echo "$*" >>calls
[ ! -s broken ] || { cat broken >&2; exit 1; }
mkdir -p node_modules && touch node_modules/.package-lock.json`;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "drydock-setup-"));
  mkdirSync(join(checkout, ".drydock/bin"), { recursive: true });
  writeFileSync(join(checkout, ".drydock/bin/npm"), npm);
  chmodSync(join(checkout, ".drydock/bin/npm"), 0o755);
  writeFileSync(join(checkout, "package-lock.json"), "{}");
  settings = { checkout, data: "/d", run: "/r", webData: "/w", host: "127.0.0.1", port: 1, user: "drydock" };
});
afterEach(() => rmSync(checkout, { recursive: true }));

const calls = () => readFileSync(join(checkout, "calls"), "utf8").trim().split("\n").length;

for (const { what, said, told } of [
  {
    what: "a full disk",
    said: "npm error ENOSPC: no space left on device",
    told: /The disk is full: make room, then run/,
  },
  { what: "no registry", said: "npm error ENOTFOUND", told: /ENOTFOUND[^]*Check that npm reaches its registry here/ },
]) {
  test(`a step that ${what} cut off is told of, and done again by the next up, once`, async () => {
    writeFileSync(join(checkout, "broken"), said);
    await assert.rejects(installModules(settings), told);
    writeFileSync(join(checkout, "broken"), "");
    await installModules(settings);
    assert.equal(calls(), 2);
    await installModules(settings);
    assert.equal(calls(), 2);
  });
}

test("what was done is done again when what it depends on has changed, or has gone", async () => {
  await installModules(settings);
  writeFileSync(join(checkout, "package-lock.json"), '{ "changed": true }');
  await installModules(settings);
  assert.equal(calls(), 2);
  rmSync(join(checkout, "node_modules"), { recursive: true });
  await installModules(settings);
  assert.equal(calls(), 3);
  await installModules(settings);
  assert.equal(calls(), 3);
});
