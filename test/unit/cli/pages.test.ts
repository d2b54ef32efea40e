import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { copyPages, pagesId, servedPages, takePages } from "../../../server/cli/pages.ts";
import type { Settings } from "../../../server/cli/settings.ts";

let settings: Settings;

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), "drydock-pages-"));
  const [checkout, data] = [join(directory, "checkout"), join(directory, "data")];
  mkdirSync(data);
  settings = { checkout, data, run: "/r", webData: "/w", host: "127.0.0.1", port: 1, user: "drydock" };
});
afterEach(() => rmSync(join(settings.data, ".."), { recursive: true }));

/** As `next build` does it: the id is written last. */
function build(id: string, { isWhole = true } = {}): void {
  const built = join(settings.checkout, ".next");
  rmSync(join(built, "BUILD_ID"), { force: true });
  rmSync(join(built, "static"), { recursive: true, force: true });
  for (const path of [
    `static/chunks/${id}.js`,
    "cache/large",
    "server/cache/needed",
    ...(isWhole ? ["BUILD_ID"] : []),
  ]) {
    mkdirSync(join(built, path, ".."), { recursive: true });
    writeFileSync(join(built, path), id);
  }
}

function served(): string | undefined {
  const id = join(servedPages(settings), "BUILD_ID");
  if (!existsSync(id)) return undefined;
  const text = readFileSync(id, "utf8");
  assert.equal(readFileSync(join(servedPages(settings), `static/chunks/${text}.js`), "utf8"), text);
  return text;
}

test("a build is served after web's next start, and neither it nor a half one changes what is served until then", () => {
  build("one");
  copyPages(settings);
  assert.equal(served(), undefined);
  takePages(settings);
  assert.equal(served(), "one");
  build("two", { isWhole: false });
  assert.equal(served(), "one");
  takePages(settings);
  assert.equal(served(), "one", "web, started anew meanwhile, has what it had");
  build("two");
  copyPages(settings);
  assert.deepEqual([served(), pagesId(settings)], ["one", "two"]);
  takePages(settings);
  assert.deepEqual([served(), pagesId(settings)], ["two", "two"]);
});

test("the same build is copied once", () => {
  build("one");
  copyPages(settings);
  const copied = () => statSync(`${servedPages(settings)}.new`).ino;
  const before = copied();
  copyPages(settings);
  assert.equal(copied(), before);
  takePages(settings);
  copyPages(settings);
  assert.equal(existsSync(`${servedPages(settings)}.new`), false);
});

test("of two builds without a start in between the last is served", () => {
  for (const id of ["one", "two"]) {
    build(id);
    copyPages(settings);
  }
  takePages(settings);
  assert.equal(served(), "two");
});

test("what only the next build reads is left out, and who may read is kept, whatever the umask", () => {
  build("one");
  const umask = process.umask(0o077);
  try {
    copyPages(settings);
  } finally {
    process.umask(umask);
  }
  takePages(settings);
  assert.equal(existsSync(join(servedPages(settings), "cache")), false);
  assert.ok(existsSync(join(servedPages(settings), "server/cache/needed")));
  for (const path of [".", "static", "static/chunks", "static/chunks/one.js"]) {
    assert.equal(statSync(join(servedPages(settings), path)).mode & 0o004, 0o004, path);
  }
});

test("killed while it is copied or taken, the next one finishes", () => {
  build("one");
  copyPages(settings);
  takePages(settings);
  build("two");
  const [coming, partial] = [`${servedPages(settings)}.new`, `${servedPages(settings)}.new.part`];
  mkdirSync(partial);
  writeFileSync(join(partial, "BUILD_ID"), "two");
  takePages(settings);
  assert.equal(served(), "one");
  copyPages(settings);
  assert.equal(existsSync(partial), false);
  // Killed between the removal and the renaming.
  renameSync(servedPages(settings), join(settings.data, "removed"));
  assert.ok(existsSync(coming));
  takePages(settings);
  assert.equal(served(), "two");
});
