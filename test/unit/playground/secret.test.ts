import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { readSecret } from "../../../server/playground/sessions/secret.ts";

const source = join(import.meta.dirname, "../../../server/playground/sessions/secret.ts");
let directory = "";
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "drydock-secret-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("the secret is made once, for its owner alone, and nothing else is left beside it", async () => {
  const first = await readSecret(directory);
  assert.equal(first.length, 32);
  assert.deepEqual(await readSecret(directory), first);
  assert.deepEqual(readdirSync(directory), ["secret"]);
  assert.equal(statSync(join(directory, "secret")).mode & 0o777, 0o600);
});

test("two that start at once have the same secret", async () => {
  const [one, other] = await Promise.all([readSecret(directory), readSecret(directory)]);
  assert.deepEqual(one, other);
});

test("killed before the secret was written: the next start makes one", async () => {
  // The kernel kills whoever writes to a file past this limit (setrlimit(2), RLIMIT_FSIZE).
  const script = `await (await import(${JSON.stringify(source)})).readSecret(${JSON.stringify(directory)})`;
  const killed = spawnSync("prlimit", ["--fsize=0", process.execPath, "--input-type=module", "-e", script]);
  assert.notEqual(killed.status, 0, "it should not have come to its end");
  assert.equal((await readSecret(directory)).length, 32);
});

test("an empty file signed nothing and is replaced; one of another length is refused", async () => {
  writeFileSync(join(directory, "secret"), "");
  assert.equal((await readSecret(directory)).length, 32);
  writeFileSync(join(directory, "secret"), "short");
  await assert.rejects(readSecret(directory), /should hold 32 bytes: remove it/);
});
