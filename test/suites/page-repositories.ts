import assert from "node:assert/strict";
import { dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import type { PrismaClient } from "../../prisma/generated/client.ts";
import { PageDatabase } from "../../server/cli/page-database.ts";
import type { Snippet } from "../../server/contract/playground-api.ts";
import { openDatabase } from "../../server/playground/database/database.ts";
import { SqlDocumentStateRepository } from "../../server/playground/documents/document-state-repository.ts";
import type { Invitation, Member } from "../../server/playground/members/member-repository.ts";
import { SqlInvitationRepository, SqlMemberRepository } from "../../server/playground/members/sql-member-repository.ts";
import { SqlRecordRepository } from "../../server/playground/records/sql-record-repository.ts";
import { PrismaSnippetRepository } from "../../server/playground/snippets/prisma-snippet-repository.ts";
import { PrismaWorkspaceRepository } from "../../server/playground/workspaces/prisma-workspace-repository.ts";

const hostile = 'Eve\'); DROP TABLE "Member"; -- \u{1F40B} %s $1 ?';
const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id);

/** What the page's repositories must do, on every database that they can be kept in. */
export function pageRepositoriesSuite(
  name: string,
  start: () => Promise<{ url: string; stop: () => Promise<void> }>,
): void {
  describe(`the page's repositories on ${name}`, () => {
    let service: Awaited<ReturnType<typeof start>> | undefined;
    let database: PrismaClient | undefined;
    const opened = (): PrismaClient => {
      assert.ok(database, "the database is open");
      return database;
    };
    before(async () => {
      service = await start();
      // The second time the tables are there.
      await (await openDatabase(service.url)).$disconnect();
      database = await openDatabase(service.url);
    });
    after(async () => {
      await database?.$disconnect();
      await service?.stop();
    });

    it("keep workspaces, the latest used first; what is gone is not changed", async () => {
      const workspaces = new PrismaWorkspaceRepository(opened());
      const made = await workspaces.create({ id: "wone", owner: "ada", name: hostile, parent: undefined });
      assert.ok(Math.abs(made.createdAt.getTime() - Date.now()) < 600_000, "in UTC");
      await workspaces.create({ id: "wtwo", owner: "ada", name: "two", parent: "S" });
      const latest = new Date(Date.now() + 60_000);
      await workspaces.update("wone", { lastActiveAt: latest, seeded: true, parent: "T" });
      const one = { ...made, lastActiveAt: latest, seeded: true, parent: "T" };
      assert.deepEqual(await workspaces.find("wone"), one);
      assert.deepEqual(ids(await workspaces.ofOwner("ada")), ["wone", "wtwo"]);
      assert.deepEqual(await workspaces.ofOwner("bob"), []);
      await workspaces.update("wone", { seeded: false });
      assert.equal((await workspaces.find("wone"))?.seeded, false);
      await workspaces.remove("wone");
      await workspaces.remove("wone");
      await workspaces.update("wone", { name: "none" });
      assert.equal(await workspaces.find("wone"), undefined);
      await workspaces.remove("wtwo");
    });

    it("keep records of the expired: revived and removed; a workspace with one is not idle", async () => {
      const workspaces = new PrismaWorkspaceRepository(opened());
      const records = new SqlRecordRepository(opened());
      const content: Snippet = { id: "A", title: hostile, createdAt: 0, files: [], omittedFiles: [], outputs: [] };
      for (const id of ["wone", "wtwo"]) {
        await workspaces.create({ id, owner: "o", name: id, parent: undefined });
        await workspaces.update(id, { lastActiveAt: new Date(1000) });
      }
      const idle = async () => ids(await workspaces.idleSince(new Date(2000))).toSorted();
      assert.deepEqual(await idle(), ["wone", "wtwo"]);
      assert.equal((await workspaces.idleSince(new Date(500))).length, 0);
      await records.keep("wone", content);
      assert.deepEqual(await idle(), ["wtwo"]);
      // An end that was cut off is to be finished.
      await workspaces.update("wone", { seeded: true });
      assert.deepEqual(await idle(), ["wone", "wtwo"]);
      await workspaces.update("wone", { seeded: false, owner: "" });
      assert.deepEqual(await idle(), ["wone", "wtwo"]);
      await workspaces.update("wone", { owner: "o" });
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
      for (const id of ["wone", "wtwo"]) await workspaces.remove(id);
    });

    it("keep histories of documents, the latest of a workspace only, and no long ones", async () => {
      const states = new SqlDocumentStateRepository(opened());
      const state = { epoch: "e", base: Uint8Array.of(0, 255, 39, 0), attempt: new Uint8Array() };
      await states.save("w", hostile, state);
      assert.deepEqual(await states.find("w", hostile), state);
      assert.equal(await states.find("v", hostile), undefined);
      const next = { ...state, epoch: "f", attempt: Uint8Array.of(7) };
      await states.save("w", hostile, next);
      assert.deepEqual(await states.find("w", hostile), next);
      await states.save("w", hostile, { ...state, base: new Uint8Array(3 * 1024 * 1024) });
      assert.equal(await states.find("w", hostile), undefined);
      for (let count = 0; count < 20; count++) await states.save("w", `f${count}`, state);
      const kept = await Promise.all(Array.from({ length: 20 }, (_, count) => states.find("w", `f${count}`)));
      assert.equal(kept.filter((each) => each !== undefined).length, 16);
      await states.save("v", "f", state);
      await states.removeAll("w");
      assert.equal(await states.find("w", "f19"), undefined);
      assert.deepEqual(await states.find("v", "f"), state);
      await states.remove("v", "f");
      assert.equal(await states.find("v", "f"), undefined);
    });

    it("keep members as they came, one of a session in a workspace", async () => {
      const members = new SqlMemberRepository(opened());
      const eve: Member = {
        workspace: "w",
        session: "eve",
        id: "m1",
        role: "viewer",
        name: hostile,
        joinedAt: 2 ** 41,
      };
      const bob: Member = { ...eve, session: "bob", id: "m2", joinedAt: 2 ** 41 - 1 };
      for (const member of [eve, bob]) await members.save(member);
      assert.deepEqual(await members.ofWorkspace("w"), [bob, eve]);
      await members.save({ ...eve, role: "editor", name: "Eve", joinedAt: 5 });
      assert.deepEqual(await members.find("w", "eve"), { ...eve, role: "editor", name: "Eve" });
      await members.save({ ...eve, workspace: "v", joinedAt: 2 ** 42 });
      assert.deepEqual(
        (await members.ofSession("eve")).map(({ workspace }) => workspace),
        ["v", "w"],
      );
      await members.remove("w", "eve");
      assert.equal(await members.find("w", "eve"), undefined);
      await members.removeAll("w");
      assert.deepEqual(await members.ofWorkspace("w"), []);
      await members.removeAll("v");
    });

    it("keep invitations, found by what their tokens hash to; no two have the same", async () => {
      const invitations = new SqlInvitationRepository(opened());
      const first: Invitation = { workspace: "w", id: "i1", role: "editor", tokenHash: "aa", createdAt: 2 ** 41 };
      await invitations.create(first);
      await invitations.create({ ...first, id: "i2", tokenHash: "bb", createdAt: 2 ** 41 + 1 });
      await assert.rejects(invitations.create({ ...first, id: "i3" }));
      assert.deepEqual(await invitations.findByToken("aa"), first);
      assert.equal(await invitations.findByToken("cc"), undefined);
      assert.deepEqual(ids(await invitations.ofWorkspace("w")), ["i2", "i1"]);
      await invitations.remove("w", "i2");
      assert.deepEqual(ids(await invitations.ofWorkspace("w")), ["i1"]);
      await invitations.removeAll("w");
      assert.equal(await invitations.findByToken("aa"), undefined);
    });

    it("keep snippets as they were shared, and that one was taken back", async () => {
      const snippets = new PrismaSnippetRepository(opened());
      const snippet = (id: string, createdAt: number, parent?: string): Snippet => ({
        id,
        title: hostile,
        createdAt,
        files: [],
        omittedFiles: [],
        outputs: [],
        ...(parent === undefined ? {} : { parent }),
      });
      const [first, second] = [snippet("s1", 1_700_000_000_123), snippet("s2", 1_700_000_000_456, "s1")];
      await snippets.create(first, "ada");
      await snippets.create(second, "ada");
      await assert.rejects(snippets.create(first, "bob"));
      assert.deepEqual(await snippets.find("s2"), second);
      assert.deepEqual(ids(await snippets.ofOwner("ada")), ["s2", "s1"]);
      assert.deepEqual(ids(await snippets.versions("s2", 10)), ["s2", "s1"]);
      assert.deepEqual(ids(await snippets.versions("s2", 1)), ["s2"]);
      assert.deepEqual(
        [await snippets.revoke("s1", "bob"), await snippets.revoke("s1", "ada"), await snippets.revoke("s1", "ada")],
        [false, true, false],
      );
      assert.deepEqual([await snippets.find("s1"), await snippets.find("s3")], ["revoked", undefined]);
      assert.deepEqual(ids(await snippets.ofOwner("ada")), ["s2"]);
    });

    const skip = process.getuid?.() === 0 ? false : "the operator's commands need root";
    it("are read by the operator's commands, which take back what is shared", { skip }, async () => {
      const snippets = new PrismaSnippetRepository(opened());
      const shared: Snippet = {
        id: "sx",
        title: hostile,
        createdAt: 1_700_000_000_123,
        files: [],
        omittedFiles: [],
        outputs: [],
      };
      await snippets.create(shared, "ada");
      const workspaces = new PrismaWorkspaceRepository(opened());
      await workspaces.create({ id: "wx", owner: "ada", name: hostile, parent: undefined });
      await workspaces.update("wx", { lastActiveAt: new Date(1_700_000_000_456) });
      const url = service?.url ?? "";
      const isFile = url.startsWith("file:");
      process.env["DRYDOCK_DATABASE_URL"] = isFile ? "" : url;
      await using pages = await PageDatabase.open({ webData: isFile ? dirname(url.slice("file:".length)) : "/none" });
      const found = (await pages.workspaces()).find(({ id }) => id === "wx");
      assert.deepEqual(found, { id: "wx", name: hostile, lastActiveAt: new Date(1_700_000_000_456) });
      const share = (await pages.shares()).find(({ id }) => id === "sx");
      assert.deepEqual([share?.title, share?.createdAt], [hostile, new Date(1_700_000_000_123)]);
      assert.ok((share?.size ?? 0) > 10);
      await pages.revoke("sx");
      assert.equal(await snippets.find("sx"), "revoked");
    });
  });
}
