import type { PrismaClient } from "../../../prisma/generated/client.ts";
import type { Invitation, InvitationRepository, Member, MemberRepository } from "./member-repository.ts";

type Database = Pick<PrismaClient, "$queryRaw" | "$executeRaw">;
/** SQLite's integers come as bigint. */
type Row<Of, Time extends keyof Of> = Omit<Of, Time> & Record<Time, bigint | number>;

/** Members in the page's database (prisma/migrations). Values are bound, never part of the SQL. */
export class SqlMemberRepository implements MemberRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(workspace: string, session: string): Promise<Member | undefined> {
    const rows = await this.#database.$queryRaw<Row<Member, "joinedAt">[]>`
      SELECT * FROM "Member" WHERE "workspace" = ${workspace} AND "session" = ${session}`;
    return rows.map(memberOf)[0];
  }

  async ofWorkspace(workspace: string): Promise<Member[]> {
    const rows = await this.#database.$queryRaw<Row<Member, "joinedAt">[]>`
      SELECT * FROM "Member" WHERE "workspace" = ${workspace} ORDER BY "joinedAt", "id"`;
    return rows.map(memberOf);
  }

  async ofSession(session: string): Promise<Member[]> {
    const rows = await this.#database.$queryRaw<Row<Member, "joinedAt">[]>`
      SELECT * FROM "Member" WHERE "session" = ${session} ORDER BY "joinedAt" DESC LIMIT 50`;
    return rows.map(memberOf);
  }

  async save({ workspace, session, id, role, name, joinedAt }: Member): Promise<void> {
    await this.#database.$executeRaw`
      INSERT INTO "Member" ("workspace", "session", "id", "role", "name", "joinedAt")
      VALUES (${workspace}, ${session}, ${id}, ${role}, ${name}, ${joinedAt})
      ON CONFLICT ("workspace", "session") DO UPDATE SET "role" = ${role}, "name" = ${name}`;
  }

  async remove(workspace: string, session: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "Member" WHERE "workspace" = ${workspace} AND "session" = ${session}`;
  }

  async removeAll(workspace: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "Member" WHERE "workspace" = ${workspace}`;
  }
}

/** Invitations in the page's database, as members are. */
export class SqlInvitationRepository implements InvitationRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async findByToken(tokenHash: string): Promise<Invitation | undefined> {
    const rows = await this.#database.$queryRaw<Row<Invitation, "createdAt">[]>`
      SELECT * FROM "Invitation" WHERE "tokenHash" = ${tokenHash}`;
    return rows.map(invitationOf)[0];
  }

  async ofWorkspace(workspace: string): Promise<Invitation[]> {
    const rows = await this.#database.$queryRaw<Row<Invitation, "createdAt">[]>`
      SELECT * FROM "Invitation" WHERE "workspace" = ${workspace} ORDER BY "createdAt" DESC, "id"`;
    return rows.map(invitationOf);
  }

  async create({ workspace, id, role, tokenHash, createdAt }: Invitation): Promise<void> {
    await this.#database.$executeRaw`
      INSERT INTO "Invitation" ("workspace", "id", "role", "tokenHash", "createdAt")
      VALUES (${workspace}, ${id}, ${role}, ${tokenHash}, ${createdAt})`;
  }

  async remove(workspace: string, id: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "Invitation" WHERE "workspace" = ${workspace} AND "id" = ${id}`;
  }

  async removeAll(workspace: string): Promise<void> {
    await this.#database.$executeRaw`DELETE FROM "Invitation" WHERE "workspace" = ${workspace}`;
  }
}

function memberOf(row: Row<Member, "joinedAt">): Member {
  return { ...row, joinedAt: Number(row.joinedAt) };
}

function invitationOf(row: Row<Invitation, "createdAt">): Invitation {
  return { ...row, createdAt: Number(row.createdAt) };
}
