import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const document = readFileSync(join(root, "docs/security.md"), "utf8");

/** Rows of the table of promises: what is promised, and the names of tests by file. */
function promises(): { promise: string; tests: { file: string; names: string[] }[] }[] {
  const section = /^## Promises\n([^]*?)^## /m.exec(document)?.[1] ?? "";
  return [...section.matchAll(/^\| (.+?) \| (`(?:test|app)\/.+) \|$/gm)].map(([, promise = "", cell = ""]) => ({
    promise,
    tests: [...cell.matchAll(/`((?:test|app)\/[^`]+)`: ([^;]+)/g)].map(([, file = "", names = ""]) => ({
      file,
      // Of names with commas in them as a whole, else each.
      names: source(file).includes(names.trim()) ? [names.trim()] : names.split(", ").map((name) => name.trim()),
    })),
  }));
}

/** Without the breaks of lines that the formatter makes. */
function source(file: string): string {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

test("every promise of docs/security.md names tests, and they are there", () => {
  const found = promises();
  assert.ok(found.length >= 20, String(found.length));
  for (const { promise, tests } of found) {
    assert.ok(tests.length > 0, promise);
    for (const { file, names } of tests) {
      for (const name of names) assert.ok(source(file).includes(name), `${promise}: ${file} has no "${name}"`);
    }
  }
});

test("every file of the document is there", () => {
  const paths = [...document.matchAll(/`((?:app|server|test|docs)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  for (const path of paths) {
    const inServer = path.endsWith(".ts") || path.endsWith(".md");
    assert.ok(!inServer || existsSync(join(root, path)), path);
  }
});
