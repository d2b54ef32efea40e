"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet } from "#contract/playground-api.ts";
import { errorText, findSnippet, forkSnippet } from "../../lib/api.ts";
import { useMessages } from "../ui/language.tsx";
import { Alert } from "../ui/alert.tsx";
import { Button } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";
import { wishRun } from "../workspace/run-wish.ts";
import { CannotBeShown } from "./snippet-missing.tsx";
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
  usePageTitle(snippet && (snippet.title || messages.snippet.untitled));

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
      <PageHeader title={snippet && (snippet.title || messages.snippet.untitled)} home={messages.snippet.own}>
        {snippet !== undefined && (
          <Button look="primary" disabled={forking} onClick={() => void fork()}>
            {forking ? <Spinner className="-ml-0.5" /> : <Icon name="fork" className="-ml-0.5" />}
            {forking ? messages.snippet.forking : messages.snippet.fork}
          </Button>
        )}
      </PageHeader>
      {snippet !== undefined && <Alert text={failure} strip />}
      {failure !== undefined && snippet === undefined && <CannotBeShown why={failure} />}
      {snippet === undefined && failure === undefined && (
        <p role="status" className="grid flex-1 place-items-center text-ink-soft">
          {messages.snippet.loading}
        </p>
      )}
      {snippet && <SnippetView snippet={snippet} />}
    </div>
  );
}
