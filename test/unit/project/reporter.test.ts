import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ownedDirectory } from "../../suites/owned-directory.ts";

const checkout = join(import.meta.dirname, "../../..");
const lost = /^FAIL {2}.*it\.test\.mjs: did not come to its end: (\d+) of (\d+) /m;

describe("the report of a test file whose process exits early", () => {
  let directory: string;
  before(() => {
    directory = ownedDirectory("ddr-");
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** What the reporter says of a file of tests, and the totals that it writes of it. */
  function reported(body: string, ...options: string[]): { text: string; passed: number; failed: number } {
    const file = join(directory, "it.test.mjs");
    writeFileSync(file, `import { describe, test } from "node:test";\n${body}\n`);
    const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
    const totals = join(directory, "totals");
    rmSync(totals, { force: true });
    const { stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=./test/reporter.ts", ...options, file], {
      cwd: checkout,
      encoding: "utf8",
      env: { ...rest, DRYDOCK_TEST_TOTALS: totals },
    });
    const [counts] = Object.values(
      JSON.parse(readFileSync(totals, "utf8")) as Record<string, { passed: number; failed: number }>,
    );
    assert.ok(counts, stdout);
    return { text: stdout, passed: counts.passed, failed: counts.failed };
  }

  for (const [when, body] of [
    ["before its first test", `process.exit(0); test("one", () => {});`],
    ["in its second test", `test("one", () => {}); test("two", () => process.exit(0)); test("three", () => {});`],
    ["after a test, before the next is known", `await test("one", () => {}); process.exit(0);`],
    ["in a suite", `describe("s", () => { test("one", () => {}); test("two", () => process.exit(0)); });`],
    ["with no test in it", ""],
  ] as const) {
    test(`${when}: failed`, () => {
      const { text, failed } = reported(body, "--test-force-exit");
      assert.match(text, lost);
      assert.equal(failed, 1, text);
    });
  }

  test("after its last test: passed, with what is skipped", () => {
    const body = `describe("s", () => { test("one", () => {}); test("two", { skip: "why" }, () => {}); }); setInterval(() => {}, 1000);`;
    const { text, passed, failed } = reported(body, "--test-force-exit");
    assert.doesNotMatch(text, lost);
    assert.deepEqual([passed, failed], [1, 0], text);
  });

  test("in the reporter's own process, as in a bare root: passed", () => {
    const { text, passed } = reported(`test("one", () => {});`, "--test-isolation=none");
    assert.doesNotMatch(text, lost);
    assert.equal(passed, 1, text);
  });

  test("by force, with many quick tests: no result is dropped", () => {
    const preload = pathToFileURL(join(checkout, "test/suites/whole-output.ts")).href;
    const body = `for (let index = 0; index < 1500; index++) test("quick " + index, () => {});`;
    const { text, passed, failed } = reported(body, "--test-force-exit", `--import=${preload}`);
    assert.deepEqual([passed, failed], [1500, 0], text);
  });

  test("by a signal: failed, with its name", () => {
    const { text, failed } = reported(`test("one", () => process.kill(process.pid, "SIGABRT"));`);
    assert.match(text, /^ +its process was ended by SIGABRT$/m);
    assert.equal(failed, 1, text);
  });

  test("what a test notes is told, with its file", () => {
    const { text } = reported(`test("one", (t) => t.diagnostic("played again"));`);
    assert.match(text, /^NOTE {2}.*it\.test\.mjs: played again$/m);
  });

  test("each skip is told with its reason, one without is a failure; the last line has the three totals", () => {
    const body = `test("one", () => {}); test("two", { skip: "no such kernel" }, () => {});
      describe("s", { skip: "no root" }, () => test("three", () => {}));
      test("four", (t) => t.skip("not today")); test("five", { skip: true }, () => {});
      test("six", () => { throw new Error("six is wrong"); });`;
    const { text } = reported(body);
    const skips = [...text.matchAll(/^SKIP {2}.*it\.test\.mjs: (.*)$/gm)].map(([, said]) => said);
    assert.deepEqual(new Set(skips), new Set(["four: not today", "s: no root", "two: no such kernel"]));
    assert.match(text, /^FAIL {2}.*it\.test\.mjs: five: skipped without a reason$/m);
    assert.match(text, /^FAIL {2}.*it\.test\.mjs: six\n.*six is wrong$/m);
    assert.match(text, /\n1 passed, 2 failed, 3 skipped\n$/);
  });
});
