import type { RecordRepository, WorkspaceRecord } from "../../server/playground/records/record-repository.ts";

/** Records that are kept in memory, by workspace. */
export class MemoryRecords implements RecordRepository {
  readonly rows = new Map<string, WorkspaceRecord & { revived: boolean }>();

  async keep(workspace: string, content: WorkspaceRecord["content"]): Promise<void> {
    this.rows.set(workspace, { workspace, content, createdAt: Date.now(), revived: false });
  }
  async find(workspace: string): Promise<WorkspaceRecord | undefined> {
    return this.rows.get(workspace);
  }
  async expired(workspaces: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = workspaces.flatMap((id) => this.rows.get(id) ?? []).filter(({ revived }) => !revived);
    return new Map(rows.map((row) => [row.workspace, row.createdAt]));
  }
  async revive(workspace: string): Promise<void> {
    const row = this.rows.get(workspace);
    if (row !== undefined) this.rows.set(workspace, { ...row, revived: true });
  }
  async remove(workspace: string): Promise<void> {
    this.rows.delete(workspace);
  }
  async madeBefore(time: number): Promise<string[]> {
    const old = [...this.rows.values()].filter((row) => !row.revived && row.createdAt < time);
    return old.map((row) => row.workspace);
  }
}
