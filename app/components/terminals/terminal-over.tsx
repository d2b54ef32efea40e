"use client";
import type { ReactNode } from "react";
import { workstation } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

interface TerminalOverProps {
  id: string;
  container: string;
  title: string;
  inStep: boolean;
}

/** Beneath a terminal that has ended: why, and what can be done. */
export function TerminalOver({ id, container, title, inStep }: TerminalOverProps): ReactNode {
  const { containers, terminals } = useWorkspace();
  const running = useStore(containers.running);
  const opening = useStore(terminals.opening);
  const own = containers.isWorkstation(container);
  const isRunning = inStep || running === undefined ? undefined : (running.get(container) ?? "removed");
  const again = !inStep && (own || isRunning === true);
  return (
    <div
      role="status"
      data-testid="terminal-over"
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-line bg-panel px-3 py-1.5"
    >
      <span className="min-w-0 flex-1 basis-60">{why(isRunning, own, title)}</span>
      {again && (
        <Button
          look="primary"
          icon="terminal"
          needs="editor"
          disabled={opening}
          onClick={() => void terminals.openAgain(id, own ? workstation : container)}
        >
          {messages.terminals.over.again}
        </Button>
      )}
      <Button onClick={() => terminals.close(id, title)}>{messages.terminals.over.close}</Button>
    </div>
  );
}

function why(running: boolean | "removed" | undefined, own: boolean, name: string): string {
  const { over } = messages.terminals;
  if (running === "removed") return own ? over.workstationRemoved : over.removed({ name });
  if (running === false) return own ? over.workstationStopped : over.stopped({ name });
  return over.shell;
}
