import { headers } from "next/headers";
import { cardHeader } from "#contract/sharing.ts";
import type { SnippetCard } from "#contract/sharing.ts";

/** What the server tells of the snippet that is asked for; undefined: there is none. */
export async function snippetCard(): Promise<SnippetCard | undefined> {
  const told = (await headers()).get(cardHeader);
  return told === null ? undefined : (JSON.parse(decodeURIComponent(told)) as SnippetCard);
}
