import type { PrismaClient } from "../../../prisma/generated/client.ts";
import type { Snippet, SnippetVersion } from "../../contract/playground-api.ts";
import type { SnippetRepository } from "./snippet-repository.ts";

export class PrismaSnippetRepository implements SnippetRepository {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async create(snippet: Snippet, owner: string): Promise<void> {
    const { id, title, parent, createdAt, ...content } = snippet;
    const row = { id, title, owner, parent: parent ?? null, createdAt: new Date(createdAt) };
    await this.#prisma.snippet.create({ data: { ...row, content: JSON.stringify(content) } });
  }

  async ofOwner(owner: string): Promise<SnippetVersion[]> {
    const rows = await this.#prisma.snippet.findMany({
      where: { owner, content: { not: "" } },
      select: { id: true, title: true, createdAt: true },
      orderBy: { createdAt: "desc" },
      take: 100,
    });
    return rows.map(({ id, title, createdAt }) => ({ id, title, createdAt: createdAt.getTime() }));
  }

  async sizeOf(owner: string): Promise<{ count: number; length: number }> {
    const [row] = await this.#prisma.$queryRaw<{ count: bigint | number; length: bigint | number | null }[]>`
      SELECT COUNT(*) AS "count", SUM(LENGTH("content")) AS "length" FROM "Snippet"
      WHERE "owner" = ${owner} AND "content" <> ''`;
    return { count: Number(row?.count ?? 0), length: Number(row?.length ?? 0) };
  }

  async revoke(id: string, owner: string): Promise<boolean> {
    const where = { id, owner, content: { not: "" } };
    return (await this.#prisma.snippet.updateMany({ where, data: { content: "" } })).count > 0;
  }

  async versions(id: string, most: number): Promise<SnippetVersion[]> {
    const found: SnippetVersion[] = [];
    let next: string | null = id;
    while (next !== null && found.length < most) {
      const select = { id: true, title: true, parent: true, createdAt: true };
      const row: { id: string; title: string; parent: string | null; createdAt: Date } | null =
        await this.#prisma.snippet.findFirst({ where: { id: next, content: { not: "" } }, select });
      if (row === null) break;
      found.push({ id: row.id, title: row.title, createdAt: row.createdAt.getTime() });
      next = row.parent;
    }
    return found;
  }

  async find(id: string): Promise<Snippet | "revoked" | undefined> {
    const row = await this.#prisma.snippet.findUnique({ where: { id } });
    if (row === null) return undefined;
    if (row.content === "") return "revoked";
    // Written by `create` above, from the contract's type.
    const content = JSON.parse(row.content) as Omit<Snippet, "id" | "title" | "parent" | "createdAt">;
    const parent = row.parent === null ? {} : { parent: row.parent };
    return { id: row.id, title: row.title, createdAt: row.createdAt.getTime(), ...parent, ...content };
  }
}
