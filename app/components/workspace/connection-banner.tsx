"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { useLasting } from "./use-away.ts";
import { useWorkspace } from "./workspace-context.tsx";

/** Says so when the server or the engine is away. Not for the blink of a reconnection. */
export function ConnectionBanner(): ReactNode {
  const { connection } = useWorkspace();
  const { connected, engineUp, refused } = useStore(connection.state);
  const text =
    refused ?? (connected ? (engineUp ? undefined : messages.connection.engineDown) : messages.connection.offline);
  const shown = useLasting(text);
  return (
    <div role="status" data-testid="connection">
      {shown !== undefined && (
        <div className="flex items-center gap-2 border-b border-line bg-warn-wash px-3 py-1.5 text-warn">
          {refused === undefined ? <Spinner /> : <Icon name="warn" />}
          <span className="mr-auto">{shown}</span>
          {refused !== undefined && <Button onClick={() => location.reload()}>{messages.connection.reload}</Button>}
        </div>
      )}
    </div>
  );
}
