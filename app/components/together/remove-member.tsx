"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import type { InvitationView } from "#contract/together.ts";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";

interface RemoveMemberProps {
  name: string;
  /** that were not taken back */
  links: readonly InvitationView[];
  /** @param links ids of those to be taken back first */
  onRemove: (links: readonly string[]) => Promise<void>;
  onKeep: () => void;
}

function focus(button: HTMLButtonElement | null): void {
  button?.focus();
}

/** Before somebody is removed: what that means, and what is to become of the links by which they could come back. */
export function RemoveMember({ name, links, onRemove, onKeep }: RemoveMemberProps): ReactNode {
  const [takesBack, setTakesBack] = useState(true);
  const [busy, setBusy] = useState(false);
  const text = messages.together.removal;
  const isOpen = links.length > 0;
  const remove = async (): Promise<void> => {
    setBusy(true);
    await onRemove(isOpen && takesBack ? links.map(({ id }) => id) : []);
  };
  return (
    <div
      role="group"
      aria-label={text.title({ name })}
      data-testid="remove-member"
      className="mt-1 space-y-2 rounded-md bg-raised p-2.5 text-xs"
    >
      <p>{text.text({ name })}</p>
      {isOpen && (
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            className="mt-0.5 size-3.5 accent-accent"
            checked={takesBack}
            onChange={(event) => setTakesBack(event.currentTarget.checked)}
          />
          <span>{text.links({ count: links.length })}</span>
        </label>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onKeep}>{text.keep}</Button>
        <Button ref={focus} look="danger" icon="trash" disabled={busy} onClick={() => void remove()}>
          {text.yes}
        </Button>
      </div>
    </div>
  );
}
