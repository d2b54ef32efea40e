"use client";
import { useCallback, useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { WorkspaceView } from "#contract/playground-api.ts";
import { errorText, isPassing, openWorkspace } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useMessages } from "../ui/language.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { part } from "../ui/part.tsx";
import { NoticeList } from "../ui/notices.tsx";
import { RoleContext } from "../ui/role.ts";
import { WorkspaceContext } from "./workspace-context.tsx";
import { WorkspaceLayout } from "./workspace-layout.tsx";
import { WorkspaceModel } from "./workspace-model.ts";

const WaitingRoom = part(
  () => import("./waiting-room.tsx"),
  () => <Opening />,
);
const ExpiredWorkspace = part(
  () => import("./expired-workspace.tsx"),
  () => <Opening />,
);

/** Opens the workspace of this browser (the latest, or the one named), then shows it. */
export function WorkspacePage({ id }: { id?: string }): ReactNode {
  const [model, setModel] = useState<WorkspaceModel>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  /** one that was given in the place of the last: waiting, expired, or live now */
  const [view, setView] = useState<WorkspaceView>();
  const again = useCallback((): void => {
    setView(undefined);
    setAttempt((count) => count + 1);
  }, []);

  useEffect(() => {
    let opened: WorkspaceModel | undefined;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const asked = view === undefined ? openWorkspace(id === undefined ? {} : { id }) : Promise.resolve(view);
    asked.then(
      (given) => {
        if (gone) return;
        if (given.expired !== undefined || given.waiting !== undefined) {
          setView(given);
          return;
        }
        opened = new WorkspaceModel(given);
        opened.connection.left.subscribe(again);
        opened.start({ first: id === undefined });
        setFailure(undefined);
        setModel(opened);
      },
      (error: unknown) => {
        if (gone) return;
        setFailure(errorText(error));
        if (isPassing(error)) timer = setTimeout(() => setAttempt((count) => count + 1), 2000);
      },
    );
    return () => {
      gone = true;
      clearTimeout(timer);
      opened?.stop();
      setModel(undefined);
    };
  }, [id, attempt, view, again]);

  if (model !== undefined) {
    return (
      <WorkspaceContext value={model}>
        <RoleContext value={model.view.value.role}>
          <WorkspaceLayout />
          <NoticeList notices={model.notices} />
        </RoleContext>
      </WorkspaceContext>
    );
  }
  if (view?.waiting !== undefined) return <WaitingRoom view={view} onView={setView} />;
  if (view?.expired !== undefined) return <ExpiredWorkspace view={view} onView={setView} />;
  return failure === undefined ? (
    <Opening />
  ) : (
    <Failed text={failure} onRetry={() => setAttempt((count) => count + 1)} />
  );
}

/** The page's shape while it opens, so that nothing jumps. */
function Opening(): ReactNode {
  const messages = useMessages();
  return (
    <main className="flex h-full flex-col" aria-busy="true">
      <h1 className="sr-only">{messages.product.name}</h1>
      <div className="flex h-12 items-center gap-2 border-b border-line bg-panel px-3">
        <Icon name="logo" className="size-5 text-accent" />
        <span className="font-semibold tracking-tight">{messages.product.name}</span>
      </div>
      <div className="grid min-h-0 flex-1 place-items-center text-ink-soft" role="status">
        {messages.workspace.opening}
      </div>
    </main>
  );
}

function Failed({ text, onRetry }: { text: string; onRetry: () => void }): ReactNode {
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="max-w-sm">
        <h1 className="text-lg font-semibold">{messages.workspace.failed}</h1>
        <p className="mt-1 text-ink-soft" role="alert">
          {text}
        </p>
        <div className="mt-4 flex gap-2">
          <Button look="primary" onClick={onRetry}>
            {messages.workspace.retry}
          </Button>
          <ButtonLink href="/">{messages.notFound.home}</ButtonLink>
        </div>
      </div>
    </main>
  );
}
