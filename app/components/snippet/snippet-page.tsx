"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet } from "#contract/playground-api.ts";
import { errorText, findSnippet, forkSnippet } from "../../lib/api.ts";
import { useMessages } from "../ui/language.tsx";
import { Button } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { PreferencesMenu } from "../ui/theme.tsx";
import { wishRun } from "../workspace/run-wish.ts";
import { SnippetView } from "./snippet-view.tsx";

/** A shared snippet: seen at once, without a session and without any container. */
export function SnippetPage({ id }: { id: string }): ReactNode {
  const messages = useMessages();
  const [snippet, setSnippet] = useState<Snippet>();
  const [failure, setFailure] = useState<string>();
  const [forking, setForking] = useState(false);
  useEffect(() => {
    findSnippet(id).then(setSnippet, (error: unknown) => setFailure(errorText(error)));
  }, [id]);
  useEffect(() => {
    if (snippet !== undefined)
      document.title = `${snippet.title || messages.snippet.untitled} · ${messages.product.name}`;
  }, [snippet, messages]);

  const fork = async (): Promise<void> => {
    setForking(true);
    try {
      const workspace = (await forkSnippet(id)).id;
      wishRun(workspace);
      location.assign(`/w/${workspace}`);
    } catch (error) {
      setFailure(errorText(error));
      setForking(false);
    }
  };
  return (
    <div className="flex h-dvh flex-col">
      <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-panel px-3">
        <a href="/" aria-label={messages.snippet.own} title={messages.snippet.own} className="rounded-md p-1">
          <Icon name="logo" className="size-5 text-accent" />
        </a>
        {snippet !== undefined && (
          <>
            <h1 className="min-w-0 truncate font-semibold">{snippet.title || messages.snippet.untitled}</h1>
            <span className="ml-auto" />
            <PreferencesMenu />
            <Button look="primary" disabled={forking} onClick={() => void fork()}>
              {forking ? <Spinner className="-ml-0.5" /> : <Icon name="fork" className="-ml-0.5" />}
              {forking ? messages.snippet.forking : messages.snippet.fork}
            </Button>
          </>
        )}
      </header>
      {failure !== undefined && snippet !== undefined && (
        <p role="alert" className="border-b border-line bg-bad-wash px-4 py-2 text-bad">
          {failure}
        </p>
      )}
      {failure !== undefined && snippet === undefined && (
        <main className="grid flex-1 place-items-center p-6">
          <div role="alert" className="max-w-sm">
            <h1 className="text-lg font-semibold">{messages.snippet.missing}</h1>
            <p className="mt-1 text-ink-soft">{failure}</p>
            <a href="/" className="mt-4 inline-block font-medium text-accent underline underline-offset-3">
              {messages.notFound.home}
            </a>
          </div>
        </main>
      )}
      {snippet === undefined && failure === undefined && (
        <p role="status" className="grid flex-1 place-items-center text-ink-soft">
          {messages.snippet.loading}
        </p>
      )}
      {snippet && <SnippetView snippet={snippet} />}
    </div>
  );
}
