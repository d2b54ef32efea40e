import { isDeepStrictEqual } from "node:util";
import { type PageLanguage, pageLanguages, type Snippet } from "../../contract/playground-api.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import type { Examples } from "./examples.ts";
import { starters } from "./starter-files.ts";
import type { Workspace } from "./workspace-repository.ts";

export interface FirstFile {
  path: string;
  content: Buffer;
  executable: boolean;
}

/**
 * `Workspace.parent` of one that began as an example, or with the starter in another language than English (without any
 * parent it is that one). Every other is a snippet's id, which has no colon.
 */
const examplePrefix = "example:";
const starterPrefix = "starter:";

export const parentOfExample = (name: string): string => `${examplePrefix}${name}`;
export const parentOfStarter = (language: PageLanguage): string | undefined =>
  language === "en" ? undefined : `${starterPrefix}${language}`;

/** The snippet that a workspace was forked from. */
export function parentSnippet({ parent }: Pick<Workspace, "parent">): string | undefined {
  return parent?.includes(":") ? undefined : parent;
}

function starterOf(parent: string | undefined): FirstFile[] {
  const language = pageLanguages.find((each) => parentOfStarter(each) === parent) ?? "en";
  return starters[language].files.map(({ path, content }) => ({
    path,
    content: Buffer.from(content),
    executable: false,
  }));
}

/** The files that a new workspace gets: of the snippet or example it comes from, else the starter's. */
export async function firstFiles(
  { parent }: Pick<Workspace, "parent">,
  { snippets, examples }: { snippets: Pick<SnippetRepository, "find">; examples: Examples },
): Promise<FirstFile[]> {
  if (parent?.startsWith(examplePrefix)) return examples.files(parent.slice(examplePrefix.length));
  const id = parentSnippet({ parent });
  const snippet = id === undefined ? undefined : await snippets.find(id);
  return snippet === undefined || snippet === "revoked" ? starterOf(parent) : filesOf(snippet);
}

/** The files of a recording, to be written. */
export function filesOf({ files }: Pick<Snippet, "files">): FirstFile[] {
  return files.map(({ path, content, encoding, executable }) => ({
    path,
    content: Buffer.from(content, encoding === "base64" ? "base64" : "utf8"),
    executable,
  }));
}

export async function writeFiles(tenant: TenantClient, files: readonly FirstFile[]): Promise<void> {
  for (const directory of directoriesAbove(files)) await tenant.makeDirectory(directory);
  for (const { path, content, executable } of files) await tenant.writeFile(path, content, { executable });
}

/** Outer ones first. */
function directoriesAbove(files: readonly FirstFile[]): string[] {
  const found = new Set<string>();
  for (const file of files) {
    const parts = file.path.split("/");
    for (let length = 1; length < parts.length; length++) found.add(parts.slice(0, length).join("/"));
  }
  return [...found].toSorted();
}

/** In whatever order they are. */
export function sameFiles(files: readonly FirstFile[], others: readonly FirstFile[]): boolean {
  const byPath = (some: readonly FirstFile[]): FirstFile[] => some.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return isDeepStrictEqual(byPath(files), byPath(others));
}
