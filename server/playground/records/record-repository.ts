import type { Snippet } from "../../contract/playground-api.ts";

/** Of a workspace that nobody has used for long: what was in it, without its tenant. It is its owner's alone. */
export interface WorkspaceRecord {
  workspace: string;
  content: Snippet;
  /** ms since the epoch */
  createdAt: number;
}

/** Where records are kept. Methods on one that is not there do nothing. */
export interface RecordRepository {
  /** in the place of an earlier one */
  keep(workspace: string, content: Snippet): Promise<void>;
  find(workspace: string): Promise<WorkspaceRecord | undefined>;
  /** Those of these workspaces that have expired, with when, ms since the epoch. */
  expired(workspaces: readonly string[]): Promise<ReadonlyMap<string, number>>;
  revive(workspace: string): Promise<void>;
  remove(workspace: string): Promise<void>;
  /** workspaces whose record is older, at most 500 */
  madeBefore(time: number): Promise<string[]>;
}
