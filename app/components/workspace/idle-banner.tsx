"use client";
import type { ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { useWorkspace } from "./workspace-context.tsx";

/** Warns before containers are stopped because nobody does anything. */
export function IdleBanner(): ReactNode {
  const { api, connection, notices } = useWorkspace();
  const left = useStore(connection.idle);
  const stay = (): void => {
    api.stay().then(
      () => connection.idle.set(null),
      (error: unknown) => notices.show("error", errorText(error)),
    );
  };
  const minutes = Math.ceil((left ?? 0) / 60_000) * 60_000;
  return (
    <div role="status" data-testid="idle">
      {left !== null && (
        <div className="flex items-center gap-2 border-b border-line bg-warn-wash px-3 py-1.5 text-warn">
          <Icon name="warn" />
          <span className="mr-auto">
            {left === 0
              ? messages.idle.stopped
              : messages.idle.warning({ time: duration(minutes).replace(/\s0\ss$/, "") })}
          </span>
          {left > 0 && (
            <Button needs="editor" onClick={stay}>
              {messages.idle.stay}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
