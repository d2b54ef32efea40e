import type { PrismaClient } from "../../../prisma/generated/client.ts";
import type { Workspace, WorkspaceRepository } from "./workspace-repository.ts";

type Row = NonNullable<Awaited<ReturnType<PrismaClient["workspace"]["findUnique"]>>>;

export class PrismaWorkspaceRepository implements WorkspaceRepository {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async create(workspace: Pick<Workspace, "id" | "owner" | "name" | "parent">): Promise<Workspace> {
    return fromRow(await this.#prisma.workspace.create({ data: { ...workspace, parent: workspace.parent ?? null } }));
  }

  async find(id: string): Promise<Workspace | undefined> {
    const row = await this.#prisma.workspace.findUnique({ where: { id } });
    return row === null ? undefined : fromRow(row);
  }

  async ofOwner(owner: string): Promise<Workspace[]> {
    const rows = await this.#prisma.workspace.findMany({
      where: { owner },
      orderBy: { lastActiveAt: "desc" },
      take: 50,
    });
    return rows.map(fromRow);
  }

  async update(
    id: string,
    change: Partial<Pick<Workspace, "owner" | "name" | "parent" | "seeded" | "lastActiveAt">>,
  ): Promise<void> {
    const { seeded, parent, ...rest } = change;
    const data = {
      ...rest,
      ...(parent === undefined ? {} : { parent }),
      ...(seeded === undefined ? {} : { seededAt: seeded ? new Date() : null }),
    };
    await this.#prisma.workspace.updateMany({ where: { id }, data });
  }

  async idleSince(before: Date): Promise<Workspace[]> {
    // Those that have expired have nothing more to be taken away, unless that was cut off.
    const ids = await this.#prisma.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "Workspace" WHERE "lastActiveAt" < ${before} AND ("owner" = '' OR "seededAt" IS NOT NULL
        OR "id" NOT IN (SELECT "workspace" FROM "Record" WHERE "revivedAt" IS NULL)) LIMIT 500`;
    const rows = await this.#prisma.workspace.findMany({ where: { id: { in: ids.map(({ id }) => id) } } });
    return rows.map(fromRow);
  }

  async remove(id: string): Promise<void> {
    await this.#prisma.workspace.deleteMany({ where: { id } });
  }
}

function fromRow({ seededAt, parent, ...row }: Row): Workspace {
  return { ...row, parent: parent ?? undefined, seeded: seededAt !== null };
}
