import type { Snippet } from "../../contract/playground-api.ts";

/** Snippets are immutable: made once, read often. */
export interface SnippetRepository {
  create(snippet: Snippet): Promise<void>;
  find(id: string): Promise<Snippet | undefined>;
}
