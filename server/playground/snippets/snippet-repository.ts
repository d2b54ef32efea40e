import type { Snippet, SnippetVersion } from "../../contract/playground-api.ts";

/** Snippets are immutable: made once, read often. */
export interface SnippetRepository {
  create(snippet: Snippet): Promise<void>;
  /** It and those before it, the newest first, at most `most`; up to one that was taken back. */
  versions(id: string, most: number): Promise<SnippetVersion[]>;
  /** `revoked`: there was one, and the operator has taken it back (`./drydock shares revoke`). */
  find(id: string): Promise<Snippet | "revoked" | undefined>;
}
