"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { IconButton } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { RequestRow } from "./request-row.tsx";

const words = messages.running;

/** What clicks and commands asked of the Docker API, the newest first. */
export function RequestsView(): ReactNode {
  const { connection, notices, requests } = useWorkspace();
  const list = useStore(requests.list);
  const [search, setSearch] = useState("");
  useEffect(() => requests.follow(connection), [requests, connection]);
  const clear = (): void => {
    notices.show("done", words.requests.cleared, { label: messages.actions.undo, act: requests.clear() });
  };
  const wanted = search.trim().toLowerCase();
  const shown = list.filter(({ method, path, client }) => `${method} ${path} ${client}`.toLowerCase().includes(wanted));
  if (list.length === 0) return <Empty icon="open" title={words.requests.label} text={words.requests.empty} />;
  return (
    <section aria-label={words.requests.label} data-testid="requests" className="flex min-h-0 flex-1 flex-col">
      <div className="flex shrink-0 items-center gap-1 border-b border-line px-2 py-1">
        <SearchField
          label={words.requests.filter}
          value={search}
          found={wanted === "" ? undefined : words.requests.shown({ count: shown.length })}
          onChange={setSearch}
        />
        <IconButton icon="trash" label={words.requests.clear} onClick={clear} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto" data-scrolls="requests">
        <p className="px-3 pt-1.5 text-2xs text-ink-faint">
          {words.requests.intro} {words.requests.secrets}
        </p>
        <ol className="p-1">
          {shown.toReversed().map((request) => (
            <RequestRow key={request.seq} request={request} />
          ))}
        </ol>
      </div>
    </section>
  );
}
