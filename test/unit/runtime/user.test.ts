import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isEngineError } from "#engine/errdefs/errors.ts";
import { findUser, parseGroup, parsePasswd, resolveUser } from "#engine/runtime/user.ts";

const passwd = parsePasswd(
  "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n# note\nbroken\nbad:x:-1:0::/:\n",
);
const groups = parseGroup("root:x:0:\nwheel:x:10:app,root\napp:x:1001:\nadm:x:4:app\n");
const find = (user: string, add: string[] = []) => findUser(user, passwd, groups, add);

test("names, numbers and what /etc/passwd does not list", () => {
  assert.deepEqual(find(""), { uid: 0, gid: 0, additionalGids: [0, 10], home: "/root" });
  assert.deepEqual(find("app"), { uid: 1000, gid: 1001, additionalGids: [1001, 10, 4], home: "/home/app" });
  assert.deepEqual(find("1000"), find("app"));
  assert.deepEqual(find("4242"), { uid: 4242, gid: 0, additionalGids: [0], home: "/" });
});

test("a group of one's own, and added ones", () => {
  assert.deepEqual(find("app:wheel"), { uid: 1000, gid: 10, additionalGids: [10], home: "/home/app" });
  assert.deepEqual(find("app:77").gid, 77);
  assert.deepEqual(find("app:wheel", ["adm", "99"]).additionalGids, [10, 4, 99]);
});

test("errors in Docker's words", () => {
  const refusal = (text: string) => (error: unknown) =>
    isEngineError(error, "invalid_argument") && error.message === text;
  assert.throws(() => find("nobody"), refusal("unable to find user nobody: no matching entries in passwd file"));
  assert.throws(() => find("app:nobody"), refusal("unable to find group nobody: no matching entries in group file"));
  assert.throws(() => find("4294967295"), refusal("uids and gids must be in range 0-2147483647"));
  assert.throws(() => find("-1"), refusal("uids and gids must be in range 0-2147483647"));
});

test("the files are the container's own, wherever its links point", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "drydock-user-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  assert.equal(resolveUser(dir, "7").uid, 7);
  mkdirSync(join(dir, "etc"));
  // Seen from the host this link leads to the machine's own users, among them `daemon`.
  symlinkSync("/etc/passwd.real", join(dir, "etc/passwd"));
  writeFileSync(join(dir, "etc/passwd.real"), "inside:x:5:6::/in:\n");
  assert.equal(resolveUser(dir, "inside").home, "/in");
  assert.throws(() => resolveUser(dir, "daemon"), /unable to find user daemon/);
});

test("a table that would hold everybody up is not read", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "drydock-user-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, "etc"));
  writeFileSync(join(dir, "etc/passwd"), "a:x:1:1\n".repeat(200_000));
  assert.throws(
    () => resolveUser(dir, "a"),
    (error) => isEngineError(error, "out_of_range") && error.message === "/etc/passwd is larger than 1048576 bytes",
  );
});
