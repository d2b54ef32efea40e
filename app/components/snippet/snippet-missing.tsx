"use client";
import type { ReactNode } from "react";
import type { SnippetAbsence } from "#contract/sharing.ts";
import type { PageMessages } from "../../lib/language.ts";
import { useMessages } from "../ui/language.tsx";
import { PageHeader } from "../ui/page-header.tsx";

export function whyAbsent({ absences }: PageMessages["snippet"], absence: SnippetAbsence): string {
  return absence === "revoked" ? absences.revoked : absences.unknown;
}

/** The page of a link under which nothing is shared (any more). */
export function SnippetMissing({ absence }: { absence: SnippetAbsence }): ReactNode {
  const { snippet } = useMessages();
  return (
    <div className="flex h-dvh flex-col">
      <PageHeader title={undefined} home={snippet.own} />
      <CannotBeShown why={whyAbsent(snippet, absence)} />
    </div>
  );
}

/** Beneath a head: why nothing is shown, and where to go from here. */
export function CannotBeShown({ why }: { why: string }): ReactNode {
  const { snippet, notFound } = useMessages();
  return (
    <main className="grid flex-1 place-items-center p-6">
      <div role="alert" className="max-w-sm">
        <h1 className="text-lg font-semibold">{snippet.missing}</h1>
        <p className="mt-1 text-ink-soft">{why}</p>
        <a href="/" className="mt-4 inline-block font-medium text-accent underline underline-offset-3">
          {notFound.home}
        </a>
      </div>
    </main>
  );
}
