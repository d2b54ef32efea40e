import assert from "node:assert/strict";
import { closeSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LocalBindPins } from "#engine/containers/bind-pins.ts";
import { InvalidArgument } from "#engine/errdefs/errors.ts";
import { mkdirat, openat } from "#engine/mount/libc.ts";
import { descriptors } from "../../suites/descriptors.ts";

const base = mkdtempSync(join(tmpdir(), "dd-binds-"));
after(() => rmSync(base, { recursive: true, force: true }));

const name = "d".repeat(200);

/** A path of 4,019 bytes: short enough by itself, too long together with where it lies. */
function makeLongPath(): string {
  const names = Array.from({ length: 20 }, () => name);
  let at = openat(-100, base, constants.O_DIRECTORY);
  for (const each of names) {
    mkdirat(at, each, 0o755);
    const below = openat(at, each, constants.O_DIRECTORY);
    closeSync(at);
    at = below;
  }
  closeSync(at);
  return `${names.join("/")}/${"e".repeat(70)}`;
}

test("a bind of a path that is too long on the machine is refused, and nothing stays open", () => {
  const path = makeLongPath();
  const pins = new LocalBindPins({ get: () => Promise.reject(new Error("not asked for")) }, base);
  const source = { root: base, path, shown: `/workspace/${path}`, writable: true };
  pins.check({ ...source, path: name, shown: `/workspace/${name}` }, false);
  const before = descriptors();
  for (let tries = 0; tries < 3; tries++) {
    assert.throws(() => pins.check(source, true), InvalidArgument);
  }
  assert.equal(descriptors(), before);
});
