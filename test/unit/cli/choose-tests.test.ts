import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../../server/cli/command-error.ts";
import { chooseTests } from "../../../server/cli/test.ts";

const all = ["test/unit/a/api.test.ts", "test/api/b.test.ts", "test/e2e/c.test.ts"];

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
