import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("every picture of docs/ui.md is one that npm run screenshots makes, and the other way round", () => {
  const shown = [...read("docs/ui.md").matchAll(/\]\(ui\/([\w-]+)\.png\)/g)].map(([, name = ""]) => name);
  const files = globSync("screenshots*.test.ts", { cwd: join(root, "test/e2e") });
  const sources = files.map((file) => read(`test/e2e/${file}`)).join("\n");
  const made = new Set<string>();
  const threeOf = (name: string): void => ["", "-dark", "-narrow"].forEach((as) => made.add(name + as));
  for (const [, name = ""] of sources.matchAll(/shoot\(\w+, "([\w-]+)"\)/g)) made.add(name);
  for (const [, name = ""] of sources.matchAll(/shootAll\(\w+, "([\w-]+)"/g)) threeOf(name);
  // Those of loops.
  for (const scheme of ["light", "dark"])
    if (sources.includes("`workspace-${scheme}`")) made.add(`workspace-${scheme}`);
  for (const [, name = ""] of sources.matchAll(/^ {6}\["\w+", ".+", "([\w-]+)"\],$/gm)) threeOf(name);
  assert.ok(made.size > 100, [...made].join(" "));
  assert.deepEqual([...new Set(shown)].toSorted(), [...made].toSorted());
  for (const name of shown) assert.ok(existsSync(join(root, `docs/ui/${name}.png`)), `docs/ui/${name}.png is there`);
});
