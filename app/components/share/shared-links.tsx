"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { SnippetVersion } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { ago } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { Alert } from "../ui/alert.tsx";
import { AskingButton } from "../ui/asking-button.tsx";
import { DialogScroll } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const words = messages.share.links;

/** What this browser has shared, from any of its workspaces, each to be taken back. */
export function SharedLinks(): ReactNode {
  const { api } = useWorkspace();
  const [links, setLinks] = useState<SnippetVersion[]>([]);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    api.shared().then(setLinks, (error: unknown) => setFailure(errorText(error)));
  }, [api]);
  const takeBack = async (id: string): Promise<void> => {
    try {
      await api.takeBack(id);
      setFailure(undefined);
      setLinks((all) => all.filter((link) => link.id !== id));
    } catch (error) {
      setFailure(errorText(error));
    }
  };
  return (
    <>
      <Alert text={failure} className="mt-4" />
      {links.length > 0 && (
        <details className="mt-4 border-t border-line pt-3" data-testid="shared-links">
          <summary className="w-fit cursor-pointer text-xs font-medium text-ink-soft">
            {words.title({ count: links.length })}
          </summary>
          <DialogScroll label={words.title({ count: links.length })} className="mt-1 max-h-[28vh]">
            <ul>
              {links.map(({ id, title, createdAt }) => (
                <li key={id} className="flex items-center gap-2 py-0.5">
                  <a
                    href={`/s/${id}`}
                    target="_blank"
                    rel="noreferrer"
                    className="min-w-0 flex-1 truncate hover:underline"
                    title={title}
                  >
                    {title || messages.snippet.untitled}
                  </a>
                  <span className="shrink-0 text-2xs text-ink-faint">{ago(createdAt)}</span>
                  <AskingButton
                    names={[words.takeBackOf({ title }), words.takeBackNow({ title })]}
                    onPress={() => void takeBack(id)}
                  >
                    {words.takeBack}
                  </AskingButton>
                </li>
              ))}
            </ul>
          </DialogScroll>
          <p className="mt-1 text-2xs text-ink-faint">{words.text}</p>
        </details>
      )}
    </>
  );
}
