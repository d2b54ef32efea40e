import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import {
  closedParent,
  formerWebData,
  moveWebData,
  webDataFor,
  webDataOf,
  webDataToMove,
} from "../../../server/cli/web-data.ts";

let directory = "";
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "drydock-web-data-"))));
afterEach(() => rmSync(directory, { recursive: true }));

const rules = [
  { why: "nobody named one", data: "/srv/a", saved: {}, now: "/srv/a/web", afterUp: "/srv/a/web" },
  {
    why: "the data moved since",
    data: "/srv/b",
    saved: { data: "/srv/a", webData: formerWebData },
    now: "/srv/b/web",
    afterUp: "/srv/b/web",
  },
  {
    why: "an installation from before",
    data: "/srv/a",
    saved: { data: "/srv/a", webData: formerWebData },
    now: formerWebData,
    afterUp: "/srv/a/web",
  },
  {
    why: "the operator named one earlier",
    data: "/srv/b",
    saved: { data: "/srv/a", webData: "/srv/page" },
    now: "/srv/page",
    afterUp: "/srv/page",
  },
  { why: "the operator names one now", data: "/srv/a", saved: {}, given: "/x", now: "/x", afterUp: "/x" },
];

for (const { why, data, saved, given, now, afterUp } of rules) {
  test(`where the page's database is: ${why}`, () => {
    assert.equal(webDataOf(data, saved, given), now);
    assert.equal(webDataFor(data, saved, given), afterUp);
  });
}

test("what an older installation has elsewhere is moved to its data, and only to its own", () => {
  const [data, former] = [join(directory, "data"), join(directory, "former")];
  const settings = { data, webData: join(data, "web") };
  assert.equal(webDataToMove(settings, {}, data, former), undefined, "there is none");
  mkdirSync(former);
  writeFileSync(join(former, "playground.db"), "shares");
  assert.equal(webDataToMove(settings, {}, "/other", former), undefined, "it belongs to other data");
  assert.equal(webDataToMove(settings, { data: "/other", webData: former }, data, former), undefined);
  assert.equal(webDataToMove({ data, webData: "/named" }, {}, data, former), undefined, "the operator named a place");
  assert.equal(webDataToMove(settings, { data, webData: former }, "/other", former), former);
  assert.equal(webDataToMove(settings, {}, data, former), former);

  moveWebData(former, settings.webData);
  assert.equal(readFileSync(join(data, "web/playground.db"), "utf8"), "shares");
  assert.equal(existsSync(former), false);
  mkdirSync(former);
  assert.equal(webDataToMove(settings, {}, data, former), undefined, "what is there is never replaced");
});

const shm = existsSync("/dev/shm") && statSync("/dev/shm").dev !== statSync(tmpdir()).dev;
test("it is moved to another file system too", { skip: !shm && "there is only one file system here" }, (t) => {
  const to = mkdtempSync("/dev/shm/drydock-web-data-");
  t.after(() => rmSync(to, { recursive: true }));
  mkdirSync(join(directory, "former"));
  writeFileSync(join(directory, "former/playground.db"), "shares", { mode: 0o640 });
  moveWebData(join(directory, "former"), join(to, "web"));
  assert.equal(readFileSync(join(to, "web/playground.db"), "utf8"), "shares");
  assert.equal(statSync(join(to, "web/playground.db")).mode & 0o777, 0o640);
  assert.equal(existsSync(join(directory, "former")), false);
});

test("a directory that web's user cannot pass is found", () => {
  mkdirSync(join(directory, "shut/data/web"), { recursive: true });
  chmodSync(directory, 0o711);
  assert.equal(closedParent(join(directory, "shut/data/web")), undefined);
  chmodSync(join(directory, "shut"), 0o700);
  assert.equal(closedParent(join(directory, "shut/data/web")), join(directory, "shut"));
});
