import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Snippet } from "../../../server/contract/playground-api.ts";
import { openDatabase } from "../../../server/playground/database/database.ts";
import { SqlRecordRepository } from "../../../server/playground/records/sql-record-repository.ts";
import { PrismaWorkspaceRepository } from "../../../server/playground/workspaces/prisma-workspace-repository.ts";

const content: Snippet = { id: "AAAAAAAAAAAAAA", title: "t", createdAt: 0, files: [], omittedFiles: [], outputs: [] };

describe("records of workspaces that have expired", () => {
  let directory: string;
  let prisma: Awaited<ReturnType<typeof openDatabase>>;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "drydock-records-"));
    prisma = await openDatabase(`file:${join(directory, "playground.db")}`);
  });
  after(async () => {
    await prisma.$disconnect();
    await rm(directory, { recursive: true });
  });

  it("are kept, revived and removed; a workspace with one is not idle, but expired", async () => {
    const workspaces = new PrismaWorkspaceRepository(prisma);
    const records = new SqlRecordRepository(prisma);
    for (const id of ["wone", "wtwo"]) {
      await workspaces.create({ id, owner: "o", name: id, parent: undefined });
      await workspaces.update(id, { lastActiveAt: new Date(1000) });
    }
    const idle = async () => (await workspaces.idleSince(new Date(2000))).map(({ id }) => id).toSorted();
    assert.deepEqual(await idle(), ["wone", "wtwo"]);
    assert.deepEqual((await workspaces.idleSince(new Date(500))).length, 0);
    await records.keep("wone", content);
    assert.deepEqual(await idle(), ["wtwo"]);
    assert.deepEqual([...(await records.expired(["wone", "wtwo"])).keys()], ["wone"]);
    assert.deepEqual((await records.find("wone"))?.content, content);
    assert.deepEqual(await records.madeBefore(Date.now() + 1000), ["wone"]);
    assert.deepEqual(await records.madeBefore(1000), []);
    await records.revive("wone");
    assert.deepEqual(await idle(), ["wone", "wtwo"]);
    assert.deepEqual((await records.find("wone"))?.content, content);
    assert.equal((await records.expired(["wone"])).size, 0);
    await records.keep("wone", { ...content, title: "again" });
    assert.deepEqual([...(await records.expired(["wone"])).keys()], ["wone"]);
    await records.remove("wone");
    assert.equal(await records.find("wone"), undefined);
  });
});
