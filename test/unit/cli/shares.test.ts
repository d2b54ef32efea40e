import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PageDatabase } from "../../../server/cli/page-database.ts";
import type { Snippet } from "../../../server/contract/playground-api.ts";
import { openDatabase } from "../../../server/playground/database/database.ts";
import type { RouteContext } from "../../../server/playground/http/router.ts";
import { snippetRoutes, type SnippetRouteParts } from "../../../server/playground/routes/snippets.ts";
import { PrismaSnippetRepository } from "../../../server/playground/snippets/prisma-snippet-repository.ts";
import { PrismaWorkspaceRepository } from "../../../server/playground/workspaces/prisma-workspace-repository.ts";
import type { PrismaClient } from "../../../prisma/generated/client.ts";

const skip = process.getuid?.() === 0 ? false : "the page's database is root's and web's";
const data = mkdtempSync(join(tmpdir(), "drydock-shares-"));
let prisma: PrismaClient;

function drydock(...args: string[]) {
  const main = join(import.meta.dirname, "../../../server/cli/main.ts");
  const env = {
    ...process.env,
    DRYDOCK_DATA: data,
    DRYDOCK_WEB_DATA: data,
    DRYDOCK_PORT: "18998",
    DRYDOCK_SETTINGS: join(data, "settings.json"),
  };
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env,
    encoding: "utf8",
  });
}

function snippet(id: string, title: string, createdAt: number): Snippet {
  return { id, title, createdAt, files: [], omittedFiles: [], outputs: [] };
}

before(async () => {
  prisma = await openDatabase(`file:${join(data, "playground.db")}`);
});
after(async () => {
  await prisma.$disconnect();
  rmSync(data, { recursive: true });
});

test(
  "the operator sees what is shared, takes one back while the page runs, and it is noted who did",
  { skip },
  async () => {
    const snippets = new PrismaSnippetRepository(prisma);
    assert.match(drydock("shares").stderr, /^nothing is shared$/m);
    await snippets.create(snippet("first", "a site", Date.UTC(2026, 0, 2)), "o");
    await snippets.create(snippet("second", "miner\u001B[31m", Date.UTC(2026, 0, 3)), "o");
    const { stdout: listed, stderr } = drydock("shares");
    assert.match(
      listed,
      /^2026-01-03T00:00:00Z \d+ B +http:\/\/localhost:18998\/s\/second  miner\?\[31m\n2026-01-02T.*\/s\/first  a site\n$/,
      stderr,
    );
    const unknown = drydock("shares", "revoke", "second", "third");
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /there is no share "third": \.\/drydock shares list/);
    assert.notEqual(await snippets.find("second"), "revoked", "all or none");

    assert.match(drydock("shares", "revoke", "second").stdout, /^second is revoked: miner\?\[31m$/m);
    assert.equal(await snippets.find("second"), "revoked");
    assert.equal(typeof (await snippets.find("first")), "object");
    assert.match(drydock("shares", "list").stdout, /^2026-01-03\S+ revoked +\S+\/s\/second/m);
    assert.match(drydock("audit", "operator").stdout, /operator +204 DELETE \/shares\/second name=miner/);
  },
);

test(
  "a link that was revoked says so: for reading, for its versions, for forking and for running it in a frame",
  { skip },
  async () => {
    const snippets = new PrismaSnippetRepository(prisma);
    const routes = snippetRoutes({ snippets } as unknown as SnippetRouteParts).filter(({ pattern }) =>
      pattern.startsWith("/api/snippets/:snippet"),
    );
    assert.equal(routes.length, 4);
    const follow = (id: string) =>
      routes.map((route) => route.handle({ params: { snippet: id } } as unknown as RouteContext));
    await snippets.create(snippet("revokedrevoked", "", 1), "o");
    drydock("shares", "revoke", "revokedrevoked");
    for (const answer of follow("revokedrevoked")) {
      await assert.rejects(answer, {
        status: 410,
        message: /has been taken back, by whoever shared it or runs this server/,
      });
    }
    for (const answer of follow("neverthereatall")) await assert.rejects(answer, { status: 404 });
  },
);

test("a session lists what it has shared, and takes back that alone", async () => {
  const snippets = new PrismaSnippetRepository(prisma);
  await snippets.create(snippet("mineoldmineold", "old", 1), "vera");
  await snippets.create(snippet("minenewminenew", "new", 2), "vera");
  const titles = async (owner: string) => (await snippets.ofOwner(owner)).map(({ title }) => title);
  assert.deepEqual([await titles("vera"), await titles("mallory"), await titles("")], [["new", "old"], [], []]);
  for (const stranger of ["mallory", ""]) assert.equal(await snippets.revoke("mineoldmineold", stranger), false);
  assert.equal(await snippets.revoke("neverthereatall", "vera"), false);
  assert.equal(await snippets.revoke("mineoldmineold", "vera"), true);
  assert.equal(await snippets.revoke("mineoldmineold", "vera"), false, "it is taken back once");
  assert.deepEqual([await snippets.find("mineoldmineold"), await titles("vera")], ["revoked", ["new"]]);
});

test("the names of workspaces are there for the operator, and their last use", { skip }, async () => {
  const workspaces = new PrismaWorkspaceRepository(prisma);
  const begun = Date.now();
  await workspaces.create({ id: "w1", owner: "o", name: "My site", parent: undefined });
  await using database = await PageDatabase.open({ webData: data });
  const [found] = await database.workspaces();
  assert.deepEqual([found?.id, found?.name], ["w1", "My site"]);
  assert.ok(Math.abs(Number(found?.lastActiveAt) - begun) < 600_000, String(found?.lastActiveAt));
});

test("before the page has run nothing is shared", { skip }, async () => {
  await using database = await PageDatabase.open({ webData: join(data, "none") });
  assert.deepEqual([await database.shares(), await database.workspaces()], [[], []]);
});
