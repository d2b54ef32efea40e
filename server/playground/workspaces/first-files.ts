import type { Snippet } from "../../contract/playground-api.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import type { Examples } from "./examples.ts";
import { starterFiles } from "./starter-files.ts";
import type { Workspace } from "./workspace-repository.ts";

export interface FirstFile {
  path: string;
  content: Buffer;
  executable: boolean;
}

/** `Workspace.parent` of one that began as an example; every other is a snippet's id, which has no colon. */
const examplePrefix = "example:";

export const parentOfExample = (name: string): string => `${examplePrefix}${name}`;

/** The snippet that a workspace was forked from. */
export function parentSnippet({ parent }: Pick<Workspace, "parent">): string | undefined {
  return parent?.startsWith(examplePrefix) ? undefined : parent;
}

/** The files that a new workspace gets: of the snippet or example it comes from, else the starter's. */
export async function firstFiles(
  { parent }: Pick<Workspace, "parent">,
  { snippets, examples }: { snippets: Pick<SnippetRepository, "find">; examples: Examples },
): Promise<FirstFile[]> {
  if (parent?.startsWith(examplePrefix)) return examples.files(parent.slice(examplePrefix.length));
  const snippet = parent === undefined ? undefined : await snippets.find(parent);
  if (snippet === undefined || snippet === "revoked") {
    return starterFiles.map(({ path, content }) => ({ path, content: Buffer.from(content), executable: false }));
  }
  return filesOf(snippet);
}

/** The files of a recording, to be written. */
export function filesOf({ files }: Pick<Snippet, "files">): FirstFile[] {
  return files.map(({ path, content, encoding, executable }) => ({
    path,
    content: Buffer.from(content, encoding === "base64" ? "base64" : "utf8"),
    executable,
  }));
}
