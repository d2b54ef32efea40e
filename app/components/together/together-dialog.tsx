"use client";
import type { ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { ownName } from "../../lib/person.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Dialog, DialogScroll, Field, inputClass } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { Part } from "./dialog-section.tsx";
import { Invitations } from "./invitations.tsx";
import { Members } from "./members.tsx";
import { Face } from "./people-bar.tsx";
import { useInvitations } from "./use-invitations.ts";

/** Who is in the workspace, and how others come in. */
export default function TogetherDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { together, view } = useWorkspace();
  const { role } = useStore(view);
  const invitations = useInvitations(role === "owner");
  const text = messages.together;
  const call = (field: HTMLInputElement): void => {
    const name = field.value.trim();
    // Only the owner has another name without one.
    if (name !== "" || role === "owner") together.callMe(name);
    else field.value = ownName();
  };
  return (
    <Dialog title={text.title} description={role === "owner" ? text.text : text.textForGuests} onClose={onClose}>
      <DialogScroll label={text.title} className="space-y-5">
        <Field label={text.yourName}>
          <input
            className={inputClass}
            defaultValue={ownName()}
            maxLength={40}
            placeholder={text.namePlaceholder}
            onBlur={(event) => call(event.currentTarget)}
            onKeyDown={(event) => event.key === "Enter" && call(event.currentTarget)}
          />
        </Field>
        <PeopleHere onClose={onClose} />
        {role === "owner" ? <Invitations invitations={invitations} /> : <Leave />}
        <Members invitations={invitations} />
      </DialogScroll>
    </Dialog>
  );
}

function PeopleHere({ onClose }: { onClose: () => void }): ReactNode {
  const { together } = useWorkspace();
  const people = useStore(together.people);
  const following = useStore(together.following);
  const text = messages.together;
  return (
    <Part title={text.here}>
      <ul className="space-y-1">
        {people.map((person) => (
          <li key={person.id} className="flex items-center gap-2" data-testid="person">
            <Face person={person} name={together.nameOf(person)} />
            <span className="min-w-0 flex-1 truncate">
              {together.nameOf(person)} {together.isSelf(person) && <span className="text-ink-faint">{text.you}</span>}
            </span>
            <span className="min-w-0 truncate font-mono text-2xs text-ink-faint">{together.pathOf(person)}</span>
            <span className="text-xs text-ink-faint">{text.roles[person.role]}</span>
            {!together.isSelf(person) && (
              <Button
                look="ghost"
                onClick={() => {
                  together.follow(following === person.id ? undefined : person.id);
                  onClose();
                }}
              >
                {following === person.id ? text.unfollow : text.follow}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Leave(): ReactNode {
  const { api, notices } = useWorkspace();
  const leave = async (): Promise<void> => {
    try {
      await api.members.leave();
      location.assign("/");
    } catch (error) {
      notices.show("error", errorText(error));
    }
  };
  return <Button onClick={() => void leave()}>{messages.together.leave}</Button>;
}
