import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operations } from "./validator.ts";

/**
 * `npm run coverage:api [TEST FILE...]`: runs tests (those of every group that starts an engine, about a quarter of an
 * hour), and writes docs/api-coverage.md: which of them asked for which endpoint, with which parameters. Where
 * DRYDOCK_API_COVERAGE names a directory, what a run with the same setting left there is taken, and nothing is run.
 */
const checkout = join(import.meta.dirname, "../../..");
const shownTests = 3;
const groups = ["test/{api,conformance,e2e}/*.test.ts", "test/integration/*/*.test.ts"];

const recorded = process.env["DRYDOCK_API_COVERAGE"];
const collection = recorded ?? mkdtempSync(join(tmpdir(), "drydock-coverage-"));
if (recorded === undefined) runTests(process.argv.slice(2), collection);

const tests = new Map<string, Set<string>>();
const given = new Map<string, Set<string>>();
for (const file of globSync("*.jsonl", { cwd: collection })) {
  for (const line of readFileSync(join(collection, file), "utf8").trim().split("\n")) {
    const { test, operation, parameters } = JSON.parse(line) as {
      test: string;
      operation: string;
      parameters: string[];
    };
    tests.set(operation, (tests.get(operation) ?? new Set()).add(test));
    const seen = given.get(operation) ?? new Set();
    for (const parameter of parameters) seen.add(parameter);
    given.set(operation, seen);
  }
}
if (recorded === undefined) rmSync(collection, { recursive: true });

const rows = operations.map(({ name, parameters }) => {
  const by = [...(tests.get(name) ?? [])].toSorted();
  const more = by.length > shownTests ? `, and ${by.length - shownTests} more` : "";
  const shown = parameters.map((parameter) =>
    parameter === "body" || given.get(name)?.has(parameter) === true ? parameter : `~~${parameter}~~`,
  );
  return `| \`${name}\` | ${shown.join(" ")} | ${by.length === 0 ? "none" : by.slice(0, shownTests).join(", ") + more} |`;
});
const covered = operations.filter(({ name }) => tests.has(name)).length;
writeFileSync(
  join(checkout, "docs/api-coverage.md"),
  `# Which tests ask for which endpoint

Made by \`npm run coverage:api\`; do not edit. ${covered} of the ${operations.length} operations of the Engine API 1.50 are
asked for by tests. A parameter that is struck through was given by none. "session" is one of \`test/conformance/sessions\`.

| operation | parameters | tests |
|---|---|---|
${rows.join("\n")}
`,
);

function runTests(chosen: string[], directory: string): void {
  const files = chosen.length > 0 ? chosen : globSync(groups, { cwd: checkout }).toSorted();
  const flags = ["--disable-warning=ExperimentalWarning", "--test", "--test-concurrency=1", "--test-force-exit"];
  spawnSync(process.execPath, [...flags, "--test-reporter=./test/reporter.ts", ...files], {
    cwd: checkout,
    env: { ...process.env, DRYDOCK_API_COVERAGE: directory },
    stdio: "inherit",
  });
}
