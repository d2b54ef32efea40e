"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { embedSites } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Icon } from "../ui/icons.tsx";

const words = messages.embedding;

/** The sites that may show a snippet; undefined: not known (yet). */
export function useEmbedSites(): readonly string[] | undefined {
  const [sites, setSites] = useState<readonly string[]>();
  useEffect(() => {
    let gone = false;
    embedSites().then(
      (given) => !gone && setSites(given.embedSites),
      // What is embedded works or not, whether this is known or not.
      (error: unknown) => console.warn("The sites that may embed are not known.", error),
    );
    return () => {
      gone = true;
    };
  }, []);
  return sites;
}

/** Which they are, said before somebody puts a snippet into a page that may not. */
export function EmbedSites({ sites }: { sites: readonly string[] | undefined }): ReactNode {
  if (sites === undefined) return null;
  if (sites.length > 0) {
    const text = sites.includes("*") ? words.anySite : words.someSites({ sites: sites.join(", ") });
    return <p className="text-xs text-ink-soft">{text}</p>;
  }
  return (
    <p className="flex gap-2 rounded-md bg-warn-wash px-2.5 py-2 text-xs text-warn" data-testid="no-embed-sites">
      <Icon name="warn" className="mt-px" />
      {words.noSite}
    </p>
  );
}
