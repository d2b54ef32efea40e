export interface Workspace {
  /** also the tenant's id in the engine */
  id: string;
  /** the session that may use it; "" for none: it is being deleted */
  owner: string;
  name: string;
  /** what its files come from: the snippet it was forked from or last shared as, or an example (first-files.ts) */
  parent: string | undefined;
  /** whether its first files were written */
  seeded: boolean;
  createdAt: Date;
  lastActiveAt: Date;
}

/** Where workspaces are remembered. Methods on an id that is gone do nothing. */
export interface WorkspaceRepository {
  create(workspace: Pick<Workspace, "id" | "owner" | "name" | "parent">): Promise<Workspace>;
  find(id: string): Promise<Workspace | undefined>;
  /** the latest used first */
  ofOwner(owner: string): Promise<Workspace[]>;
  update(
    id: string,
    change: Partial<Pick<Workspace, "owner" | "name" | "parent" | "seeded" | "lastActiveAt">>,
  ): Promise<void>;
  /** those that have not expired, or whose expiry or deletion was cut off; at most 500 */
  idleSince(before: Date): Promise<Workspace[]>;
  remove(id: string): Promise<void>;
}
