"use client";
import type { FormEvent, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { Dialog, Field, inputClass } from "../ui/dialog.tsx";

interface RenameDialogProps {
  name: string;
  onClose: () => void;
  onRename: (name: string) => Promise<void>;
}

export function RenameDialog({ name, onClose, onRename }: RenameDialogProps): ReactNode {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const next = new FormData(event.currentTarget).get("name");
    if (typeof next === "string" && next.trim() !== "") void onRename(next.trim());
  };
  return (
    <Dialog title={messages.workspace.rename} onClose={onClose}>
      <form className="space-y-4" onSubmit={submit}>
        <Field label={messages.workspace.name}>
          <input name="name" required maxLength={80} defaultValue={name} className={inputClass} />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{messages.actions.cancel}</Button>
          <Button look="primary" type="submit">
            {messages.actions.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
