/** Members and invitations, in a real database. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { PrismaClient } from "../../../prisma/generated/client.ts";
import { acceptInvitationSchema, allows, personNameSchema } from "../../../server/contract/together.ts";
import { openDatabase } from "../../../server/playground/database/database.ts";
import { Membership } from "../../../server/playground/members/membership.ts";
import {
  SqlInvitationRepository,
  SqlMemberRepository,
} from "../../../server/playground/members/sql-member-repository.ts";

const ofAda = { id: "wada00000000", owner: "ada" };
const ofBob = { id: "wbob00000000", owner: "bob" };
const directory = mkdtempSync(join(tmpdir(), "drydock-members-"));
let database: PrismaClient;
let membership: Membership;
const told: string[] = [];

before(async () => {
  database = await openDatabase(`file:${join(directory, "a.db")}`);
  membership = new Membership(new SqlMemberRepository(database), new SqlInvitationRepository(database));
  membership.onChange((workspace, session, role) => told.push(`${workspace} ${session} ${role ?? "none"}`));
});
after(async () => {
  await database.$disconnect();
  rmSync(directory, { recursive: true });
});

async function comeIn(session: string, role: "viewer" | "editor", name = session): Promise<void> {
  const { token } = await membership.invite(ofAda, role);
  const to = await membership.workspaceOf(token);
  assert.deepEqual([to.workspace, to.role], [ofAda.id, role]);
  await membership.accept(ofAda, session, to.role, name);
}

describe("members of a workspace", () => {
  it("come by a link, with its role; the owner is the owner", async () => {
    assert.equal(await membership.find(ofAda, "eve"), undefined);
    await comeIn("eve", "viewer", 'Eve\'); DROP TABLE "Member"; --');
    assert.equal((await membership.find(ofAda, "eve"))?.role, "viewer");
    assert.equal(await membership.find(ofBob, "eve"), undefined, "of another workspace");
    assert.equal((await membership.find(ofAda, "ada"))?.role, "owner");
    await comeIn("ada", "viewer");
    assert.equal((await membership.find(ofAda, "ada"))?.role, "owner", "the owner's own link makes it no less");
    assert.deepEqual(
      (await membership.list(ofAda, "eve")).map(({ role, name, you }) => ({ role, name, you })),
      [
        { role: "owner", name: "", you: false },
        { role: "viewer", name: 'Eve\'); DROP TABLE "Member"; --', you: true },
      ],
    );
  });

  it("get more by a second link, never less, and are told at once", async () => {
    told.length = 0;
    await comeIn("eve", "editor", "Eve");
    assert.equal((await membership.find(ofAda, "eve"))?.role, "editor");
    await comeIn("eve", "viewer", "Eve");
    assert.equal((await membership.find(ofAda, "eve"))?.role, "editor");
    assert.deepEqual(told, [`${ofAda.id} eve editor`]);
  });

  it("have a name from the beginning, and keep it until they have another", async () => {
    const token = "t".repeat(32);
    for (const name of ["", "  ", "\u200B"])
      assert.equal(acceptInvitationSchema.safeParse({ token, name }).success, false);
    assert.equal(acceptInvitationSchema.safeParse({ token, name: " Eve " }).data?.name, "Eve");
    for (const [called, name] of [
      ["Evelyn", "Evelyn"],
      ["", "Evelyn"],
      ["Eve", "Eve"],
    ] as const) {
      await membership.rename(ofAda, "eve", called);
      assert.equal((await membership.find(ofAda, "eve"))?.name, name);
    }
  });

  it("are changed, removed and leave", async () => {
    const [, eve] = await membership.list(ofAda, "ada");
    told.length = 0;
    await membership.change(ofAda, eve?.id ?? "", "viewer");
    await assert.rejects(membership.change(ofBob, eve?.id ?? "", "editor"), { status: 404 });
    await membership.remove(ofAda, eve?.id ?? "");
    assert.equal(await membership.find(ofAda, "eve"), undefined);
    await comeIn("mia", "viewer");
    await membership.leave(ofAda, "mia");
    await assert.rejects(membership.leave(ofAda, "ada"), { status: 409 });
    await assert.rejects(membership.remove(ofAda, "owner"), { status: 404 });
    assert.deepEqual(told, [`${ofAda.id} eve viewer`, `${ofAda.id} eve none`, `${ofAda.id} mia none`]);
    assert.deepEqual(await membership.joined("mia"), []);
  });
});

describe("an invitation", () => {
  it("is not to be guessed, not kept in clear, and leads nowhere once it is taken back", async () => {
    const made = await membership.invite(ofAda, "editor");
    assert.match(made.token, /^[A-Za-z0-9_-]{32}$/);
    const rows = await database.$queryRawUnsafe<object[]>('SELECT * FROM "Invitation"');
    assert.ok(!JSON.stringify(rows, (_key, value: unknown) => String(value)).includes(made.token));
    await membership.revoke(ofBob, made.id);
    await membership.workspaceOf(made.token);
    await membership.revoke(ofAda, made.id);
    await assert.rejects(membership.workspaceOf(made.token), { status: 404 });
  });

  it("goes with its workspace, as members do; there are only so many", async () => {
    const room = 20 - (await membership.invitations(ofAda)).length;
    for (let count = 0; count < room; count++) await membership.invite(ofAda, "viewer");
    await assert.rejects(membership.invite(ofAda, "viewer"), { status: 429 });
    await membership.forget(ofAda.id);
    assert.deepEqual(await membership.invitations(ofAda), []);
  });
});

describe("roles", () => {
  it("may all that a lesser one may", () => {
    assert.ok(allows("owner", "viewer") && allows("editor", "editor") && allows("editor", "viewer"));
    assert.ok(!allows("viewer", "editor") && !allows("editor", "owner"));
  });

  it("have names of seen characters only", () => {
    const called = (name: string) => personNameSchema.parse(name);
    assert.equal(called("  Ada \u202E\u0000\u200BLovelace\n"), "Ada Lovelace");
    assert.equal(called("x".repeat(100)).length, 40);
    assert.equal(called(`${"x".repeat(39)}😀`).length, 40);
  });
});
