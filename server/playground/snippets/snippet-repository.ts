import type { Snippet } from "../../contract/playground-api.ts";

/** Snippets are immutable: made once, read often. */
export interface SnippetRepository {
  create(snippet: Snippet): Promise<void>;
  /** `revoked`: there was one, and the operator has taken it back (`./drydock shares revoke`). */
  find(id: string): Promise<Snippet | "revoked" | undefined>;
}
