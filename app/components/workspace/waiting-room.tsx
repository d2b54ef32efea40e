"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet, WorkspaceView } from "#contract/playground-api.ts";
import { findSnippet, isPassing, openWorkspace, WorkspaceApi } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { SnippetView } from "../snippet/snippet-view.tsx";
import { Spinner } from "../ui/icons.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";

/** How often it asks for its place, ms: more often than the server's patience with who waits. */
const period = 2000;
const words = messages.places;

interface WaitingRoomProps {
  view: WorkspaceView;
  /** there is a place, or another reason why it is not live */
  onView: (view: WorkspaceView) => void;
}

/** All places are taken: the position in the queue, and meanwhile what the workspace comes of. */
export default function WaitingRoom({ view, onView }: WaitingRoomProps): ReactNode {
  const [position, setPosition] = useState(view.waiting ?? 1);
  const [replay, setReplay] = useState<Snippet>();
  usePageTitle(words.title({ name: view.name, position }));
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const next = await openWorkspace({ id: view.id });
        if (gone) return;
        if (next.waiting === undefined) return onView(next);
        setPosition(next.waiting);
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      if (!gone) timer = setTimeout(() => void ask(), period);
    };
    timer = setTimeout(() => void ask(), period);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [view.id, onView]);
  useEffect(() => {
    // Its own record, where it is to be live again; else the snippet that it was forked from.
    new WorkspaceApi(view.id)
      .record()
      .catch(() => (view.snippet === undefined ? undefined : findSnippet(view.snippet)))
      .then(setReplay, () => undefined);
  }, [view.id, view.snippet]);
  return (
    <div className="flex h-dvh flex-col" data-testid="waiting-room">
      <PageHeader title={view.name} />
      <div className="flex items-center gap-3 border-b border-line bg-warn-wash px-4 py-2.5 text-warn">
        <Spinner />
        <p role="status">
          <strong className="font-semibold">{words.position({ position })}</strong> {words.text}
          {replay !== undefined && ` ${words.meanwhile}`}
        </p>
      </div>
      {replay === undefined ? (
        <main className="grid flex-1 place-items-center p-6">
          <p className="max-w-sm text-center text-pretty text-ink-soft">{words.empty}</p>
        </main>
      ) : (
        <SnippetView snippet={replay} note={messages.snippet.recording} />
      )}
    </div>
  );
}
