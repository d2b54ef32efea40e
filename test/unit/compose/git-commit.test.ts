import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { gitCommit } from "../../../server/compose/git-commit.ts";

const commit = "1234567890abcdef1234567890abcdef12345678";
let checkout = "";

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "drydock-git-"));
});
afterEach(() => rmSync(checkout, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(checkout, path, ".."), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

test("a branch's commit, loose and packed", () => {
  write(".git/HEAD", "ref: refs/heads/main\n");
  write(".git/packed-refs", `# pack-refs with: peeled\n${commit} refs/heads/main\n^${"0".repeat(40)}\n`);
  assert.equal(gitCommit(checkout), "1234567");
  write(".git/refs/heads/main", "abcdefabcdefabcdefabcdefabcdefabcdefabcd\n");
  assert.equal(gitCommit(checkout), "abcdefa");
});

test("a checkout of a commit, and one of no repository", () => {
  assert.equal(gitCommit(checkout), "unknown");
  write(".git/HEAD", `${commit}\n`);
  assert.equal(gitCommit(checkout), "1234567");
  write(".git/HEAD", "nonsense\n");
  assert.equal(gitCommit(checkout), "unknown");
});

test("a second work tree finds its branch in the first's repository", () => {
  write("second/.git", "gitdir: ../first/.git/worktrees/second\n");
  write("first/.git/worktrees/second/HEAD", "ref: refs/heads/topic\n");
  write("first/.git/worktrees/second/commondir", "../..\n");
  write("first/.git/refs/heads/topic", `${commit}\n`);
  assert.equal(gitCommit(join(checkout, "second")), "1234567");
});
