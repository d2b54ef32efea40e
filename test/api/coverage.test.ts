import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { operations } from "../suites/openapi/validator.ts";

test("docs/api-coverage.md has a row for each documented operation, and a test for each", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/api-coverage.md"), "utf8");
  const rows = new Map([...page.matchAll(/^\| `([^`]+)` \| .* \| (.*) \|$/gm)].map((row) => [row[1], row[2]]));
  assert.deepEqual(
    [...rows.keys()],
    operations.map(({ name }) => name),
    "out of date: npm run coverage:api",
  );
  for (const [name, tests] of rows) assert.notEqual(tests, "none", `${name} is asked for by no test`);
});
