"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet, WorkspaceView } from "#contract/playground-api.ts";
import { errorText, openWorkspace, WorkspaceApi } from "../../lib/api.ts";
import { span } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { SnippetView } from "../snippet/snippet-view.tsx";
import { Alert } from "../ui/alert.tsx";
import { Button } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";

const words = messages.places;

interface ExpiredWorkspaceProps {
  view: WorkspaceView;
  /** it is live again, or waits for a place */
  onView: (view: WorkspaceView) => void;
}

/** Nobody has used it for long: its files and what they did are still there, and one press makes it live again. */
export default function ExpiredWorkspace({ view, onView }: ExpiredWorkspaceProps): ReactNode {
  usePageTitle(view.name);
  const [record, setRecord] = useState<Snippet>();
  const [failure, setFailure] = useState<string>();
  const [reviving, setReviving] = useState(false);
  useEffect(() => {
    new WorkspaceApi(view.id).record().then(setRecord, (error: unknown) => setFailure(errorText(error)));
  }, [view.id]);
  const revive = async (): Promise<void> => {
    setReviving(true);
    try {
      onView(await openWorkspace({ id: view.id, revive: true }));
    } catch (error) {
      setFailure(errorText(error));
      setReviving(false);
    }
  };
  const create = async (): Promise<void> => {
    try {
      location.assign(`/w/${(await openWorkspace({ fresh: true })).id}`);
    } catch (error) {
      setFailure(errorText(error));
    }
  };
  const own = view.role === "owner";
  return (
    <div className="flex h-dvh flex-col" data-testid="expired">
      <PageHeader title={view.name}>
        <Button look="ghost" icon="plus" aria-label={messages.workspace.create} onClick={() => void create()}>
          <span className="max-[900px]:sr-only">{messages.workspace.create}</span>
        </Button>
        {own && (
          <Button look="primary" disabled={reviving} onClick={() => void revive()}>
            {reviving ? <Spinner className="-ml-0.5" /> : <Icon name="play" className="-ml-0.5" />}
            {words.revive}
          </Button>
        )}
      </PageHeader>
      <Alert text={failure} strip />
      {record === undefined ? (
        <p role="status" className="grid flex-1 place-items-center text-ink-soft">
          {failure === undefined && messages.workspace.opening}
        </p>
      ) : (
        <SnippetView
          snippet={record}
          note={(own ? words.expired : words.expiredOfOther)({ time: span(view.timeToLive) })}
        />
      )}
    </div>
  );
}
