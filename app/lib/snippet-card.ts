import { headers } from "next/headers";
import { absenceHeader, cardHeader } from "#contract/sharing.ts";
import type { SnippetAbsence, SnippetCard } from "#contract/sharing.ts";

/** What the server tells of the snippet that is asked for; undefined: there is none. */
export async function snippetCard(): Promise<SnippetCard | undefined> {
  const told = (await headers()).get(cardHeader);
  return told === null ? undefined : (JSON.parse(decodeURIComponent(told)) as SnippetCard);
}

/** Why there is none; undefined: there is one. */
export async function snippetAbsence(): Promise<SnippetAbsence | undefined> {
  return ((await headers()).get(absenceHeader) ?? undefined) as SnippetAbsence | undefined;
}
