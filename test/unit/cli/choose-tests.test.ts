import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CommandError } from "../../../server/cli/command-error.ts";
import { chooseTests, ending, sumTotals } from "../../../server/cli/test.ts";

const all = ["app/lib/d.test.ts", "test/unit/a/api.test.ts", "test/api/b.test.ts", "test/e2e/c.test.ts"];

function files(...args: string[]): string[] {
  return [...chooseTests(args, all).files.values()].flat();
}

test("without arguments everything is run, the check too", () => {
  assert.deepEqual(files(), all);
  assert.equal(chooseTests([], all).check, true);
});

test("a group's name is that group, not every path that holds the word", () => {
  assert.deepEqual(files("api"), ["test/api/b.test.ts"]);
  assert.equal(chooseTests(["api"], all).check, false);
});

test("tests beside parts of the page are unit tests", () => {
  assert.deepEqual(files("unit"), ["app/lib/d.test.ts", "test/unit/a/api.test.ts"]);
});

test("a part of a path chooses files, as a shell completes them too", () => {
  assert.deepEqual(files("unit/a"), ["test/unit/a/api.test.ts"]);
  assert.deepEqual(files("./test/e2e/c.test.ts", "b.test"), ["test/api/b.test.ts", "test/e2e/c.test.ts"]);
});

test("check alone runs no test file", () => {
  assert.deepEqual(files("check"), []);
  assert.equal(chooseTests(["check"], all).check, true);
});

test("what fits nothing is an error that names the groups", () => {
  assert.throws(
    () => chooseTests(["api", "nothing"], all),
    (error: Error) => error instanceof CommandError && /"nothing".*check, unit, api/.test(error.message),
  );
});

test("the last line counts each file once, as it went the last time, and what did not run as a whole", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "drydock-totals-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const totals = join(directory, "totals");
  assert.deepEqual(ending(sumTotals(totals), 0, 0), { lastLine: "0 passed, 0 failed, 0 skipped", status: 0 });
  const reports = [
    { "a.test.ts": { passed: 5, failed: 1, skipped: 0 }, "b.test.ts": { passed: 2, failed: 0, skipped: 1 } },
    { "a.test.ts": { passed: 6, failed: 0, skipped: 0 } },
  ];
  writeFileSync(totals, reports.map((report) => `${JSON.stringify(report)}\n`).join(""));
  assert.deepEqual(ending(sumTotals(totals), 0, 3), { lastLine: "8 passed, 0 failed, 4 skipped", status: 0 });
  assert.deepEqual(ending(sumTotals(totals), 1, 0), { lastLine: "8 passed, 1 failed, 1 skipped", status: 1 });
});
