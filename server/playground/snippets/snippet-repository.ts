import type { Snippet, SnippetVersion } from "../../contract/playground-api.ts";

/** Snippets are immutable: made once, read often; taken back as a whole. */
export interface SnippetRepository {
  /** @param owner the session that shares it */
  create(snippet: Snippet, owner: string): Promise<void>;
  /** What a session has shared and not taken back, the newest first. */
  ofOwner(owner: string): Promise<SnippetVersion[]>;
  /** Of that, how many there are, and their characters together. */
  sizeOf(owner: string): Promise<{ count: number; length: number }>;
  /** It and those before it, the newest first, at most `most`; up to one that was taken back. */
  versions(id: string, most: number): Promise<SnippetVersion[]>;
  /** `revoked`: there was one, and it was taken back, by its owner or by the operator (`./drydock shares revoke`). */
  find(id: string): Promise<Snippet | "revoked" | undefined>;
  /** What was shared is deleted; that there was a share stays. False: the session has no such snippet (any more). */
  revoke(id: string, owner: string): Promise<boolean>;
}
