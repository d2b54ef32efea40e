"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** Asks whether to make the workstation anew: wished for, or offered because it can open no terminal. */
export function RenewDialog(): ReactNode {
  const { containers, terminals } = useWorkspace();
  const renewal = useStore(terminals.renewal);
  if (renewal === undefined) return null;
  const close = (): void => terminals.renewal.set(undefined);
  const renew = (): void => {
    const tabs = terminals.tabs.value.filter(({ container }) => containers.isWorkstation(container));
    void terminals.renew(tabs.map(({ id }) => id));
  };
  return (
    <Dialog title={messages.terminals.renewTitle} description={messages.terminals.renewText} onClose={close}>
      {renewal.why !== undefined && <p className="mb-4 rounded-md bg-bad-wash px-3 py-2 text-bad">{renewal.why}</p>}
      <div className="flex justify-end gap-2">
        <Button onClick={close}>{messages.actions.cancel}</Button>
        <Button look="danger" onClick={renew}>
          {messages.terminals.renewYes}
        </Button>
      </div>
    </Dialog>
  );
}
