"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";

export function DeleteDialog({
  path,
  restorable,
  onClose,
  onDelete,
}: {
  path: string;
  /** it can be brought back for a while */
  restorable: boolean;
  onClose: () => void;
  onDelete: () => Promise<void>;
}): ReactNode {
  return (
    <Dialog
      title={messages.files.confirmDelete({ name: path })}
      description={restorable ? messages.files.confirmDeleteKept : messages.files.confirmDeleteText}
      onClose={onClose}
    >
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{messages.actions.cancel}</Button>
        <Button look="danger" onClick={() => void onDelete()}>
          {messages.actions.delete}
        </Button>
      </div>
    </Dialog>
  );
}
