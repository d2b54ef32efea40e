import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const directory = mkdtempSync(join(tmpdir(), "drydock-shell-"));
copyFileSync(join(import.meta.dirname, "../../../drydock"), join(directory, "drydock"));
after(() => rmSync(directory, { recursive: true }));

function drydock(...args: string[]) {
  return spawnSync("bash", [join(directory, "drydock"), ...args], { encoding: "utf8" });
}

test("before the first up there is nothing to stop, and down says so", () => {
  const { status, stdout } = drydock("down");
  assert.equal(status, 0);
  assert.match(stdout, /is not set up in .*: sudo \.\/drydock up/);
});

for (const command of ["status", "logs", "doctor", "images"]) {
  test(`before the first up, ${command} names it and fetches nothing`, () => {
    const { status, stdout } = drydock(command);
    assert.equal(status, 1);
    assert.match(stdout, /sudo \.\/drydock up/);
    assert.equal(existsSync(join(directory, ".drydock")), false);
  });
}
