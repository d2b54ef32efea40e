import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const checkout = join(import.meta.dirname, "../../..");
/** Loaded only when there is an engine to ask or to start, by then everything is installed. */
const afterSetUp = /^server\/cli\/(images|tenants|bench|tls|notify|process-settings)\.ts$/;

/** What a file loads at once: `import … from "x"` and `export … from "x"`, not types, not `import()`. */
function loads(file: string): string[] {
  const statement = /^(?:import|export)\s(?!type\s)[^;]*?from\s+"([^"]+)"/gm;
  return [...readFileSync(file, "utf8").matchAll(statement)].flatMap(([, what]) => (what === undefined ? [] : [what]));
}

test("a fresh clone can start the command: it loads no package before npm ci has run", () => {
  const waiting = globSync("server/cli/*.ts", { cwd: checkout }).filter((file) => !afterSetUp.test(file));
  const seen = new Set(waiting.map((file) => join(checkout, file)));
  const packages: string[] = [];
  for (const file of seen) {
    for (const what of loads(file)) {
      if (what.startsWith(".")) seen.add(join(dirname(file), what));
      else if (!what.startsWith("node:")) packages.push(`${relative(checkout, file)} loads ${what}`);
    }
  }
  assert.ok(seen.size > waiting.length / 2);
  assert.deepEqual(packages, []);
});
