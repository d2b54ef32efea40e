"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Alert } from "../ui/alert.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Spinner } from "../ui/icons.tsx";
import { useWorkspace } from "./workspace-context.tsx";

const words = messages.workspace.deletion;

/** Asks, deletes the workspace with all that is in it, and goes to another one. */
export function DeleteWorkspaceDialog({ onClose }: { onClose: () => void }): ReactNode {
  const model = useWorkspace();
  const { name } = useStore(model.view);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await model.discard();
      location.assign("/");
    } catch (error) {
      setFailure(errorText(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.title({ name })} description={words.text} onClose={onClose}>
      <Alert text={failure} className="mb-4" />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{messages.actions.cancel}</Button>
        <Button look="danger" disabled={busy} onClick={() => void remove()}>
          {busy && <Spinner />}
          {words.yes}
        </Button>
      </div>
    </Dialog>
  );
}
