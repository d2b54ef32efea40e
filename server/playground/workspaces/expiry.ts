import type { Snippet } from "../../contract/playground-api.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";
import type { RecordRepository } from "../records/record-repository.ts";
import { recordSnippet } from "../snippets/snippet-recorder.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import type { Examples } from "./examples.ts";
import { filesOf, firstFiles, parentSnippet, sameFiles } from "./first-files.ts";
import type { FirstFile } from "./first-files.ts";
import type { Workspace } from "./workspace-repository.ts";

interface ExpiryParts {
  records: RecordRepository;
  snippets: Pick<SnippetRepository, "find">;
  examples: Examples;
}

/** What is kept of workspaces whose tenants are removed since nobody used them: what their learners made. */
export class Expiry {
  readonly #parts: ExpiryParts;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** When it expired, ms since the epoch; undefined: it has not. */
  async since(workspace: string): Promise<number | undefined> {
    return (await this.#parts.records.expired([workspace])).get(workspace);
  }

  async record(workspace: string): Promise<Snippet | undefined> {
    return (await this.#parts.records.find(workspace))?.content;
  }

  /** From now on it has expired. False, and it has not: nothing was made in it. Its tenant may be removed afterwards. */
  async keep(workspace: Workspace, tenant: () => Promise<TenantClient>): Promise<boolean> {
    // It was cut off after this, and is no longer as it was recorded.
    if ((await this.since(workspace.id)) !== undefined) return true;
    // Not seeded: revived, and then nobody came.
    const made = workspace.seeded ? await this.#made(workspace, await tenant()) : await this.record(workspace.id);
    if (made === undefined) return false;
    await this.#parts.records.keep(workspace.id, made);
    return true;
  }

  /** What its next tenant begins with: what was kept, else what it began with at first. */
  async firstFiles(workspace: Workspace): Promise<FirstFile[]> {
    const record = await this.record(workspace.id);
    return record === undefined ? firstFiles(workspace, this.#parts) : filesOf(record);
  }

  async #made(workspace: Workspace, tenant: TenantClient): Promise<Snippet | undefined> {
    let snippet: Snippet;
    try {
      snippet = await recordSnippet(tenant, { title: workspace.name, parent: parentSnippet(workspace) });
    } catch (error) {
      // It has no files.
      if (error instanceof Problem && error.status === 400) return undefined;
      throw error;
    }
    const first = await firstFiles(workspace, this.#parts);
    const isTouched = snippet.build !== undefined || snippet.outputs.length > 0 || !sameFiles(filesOf(snippet), first);
    return isTouched ? snippet : undefined;
  }
}
