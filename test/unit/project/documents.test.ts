import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const files = globSync("{*,{app,bench,docs,examples,prisma,server,test}/**/*}.{ts,tsx,md,yaml}", { cwd: root });

/** All that the group of `pattern` is in the document. */
function named(document: string, pattern: RegExp): string[] {
  return [...read(document).matchAll(pattern)].map(([, name = ""]) => name);
}

/** The end of a path is enough where the text says in which folder. `*` stands for letters. */
function isFile(path: string): boolean {
  const ending = path.replaceAll(/[.+]/g, "\\$&").replaceAll("*", "[^/]*");
  return files.some((file) => new RegExp(`(^|/)${ending}$`).test(file));
}

const maps = ["README.md", "CONTRIBUTING.md", "server/README.md", ...globSync("server/decisions/*.md", { cwd: root })];
for (const document of maps) {
  test(`what ${document} names is there`, () => {
    const paths = named(document, /`([\w*/-][\w*./-]*\.(?:ts|tsx|md|yaml))`/g);
    if (document === "server/README.md")
      assert.ok(paths.length > 30, "it names the files that a build and a run go through");
    assert.deepEqual(
      paths.filter((path) => !isFile(path)),
      [],
    );
    for (const picture of named(document, /!\[[^\]]*\]\(([^)]+)\)/g))
      assert.ok(existsSync(join(root, picture)), picture);
  });
}

test("commands that README.md and CONTRIBUTING.md show are there", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  for (const document of ["README.md", "CONTRIBUTING.md"]) {
    const commands = named(document, /\.\/drydock (?!help )([a-z]+)/g);
    assert.ok(commands.includes("up") && commands.includes("test"), document);
    for (const command of commands) assert.ok(existsSync(join(root, `server/cli/help/${command}.txt`)), command);
    for (const script of named(document, /npm run ([\w:]+)/g)) assert.ok(script in scripts, `npm run ${script}`);
  }
});

test("what CI runs is the command for all tests, and ends as it ends", (t) => {
  const checkout = mkdtempSync(join(tmpdir(), "drydock-ci-"));
  t.after(() => rmSync(checkout, { recursive: true }));
  cpSync(join(root, ".ci"), join(checkout, ".ci"), { recursive: true });
  writeFileSync(join(checkout, "drydock"), '#!/bin/sh\necho "$PWD: $*"\nexit 7\n', { mode: 0o755 });
  const { status, stdout } = spawnSync(join(checkout, ".ci/run"), { cwd: tmpdir(), encoding: "utf8" });
  assert.equal(stdout, `${checkout}: test\n`);
  assert.equal(status, 7);
});
