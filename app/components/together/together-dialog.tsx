"use client";
import { useCallback, useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { InvitationView, InvitedRole, MemberView } from "#contract/together.ts";
import { invitedRoles } from "#contract/together.ts";
import { errorText } from "../../lib/api.ts";
import { ago } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { ownName } from "../../lib/person.ts";
import { useStore } from "../../lib/store.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { CopyField } from "../ui/copy-field.tsx";
import { Dialog, DialogScroll, Field, inputClass } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { Face } from "./people-bar.tsx";

const selectClass = "h-7 rounded-md border border-line-strong bg-ground px-1.5 text-ink";

/** Who is in the workspace, and how others come in. */
export default function TogetherDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { together, view } = useWorkspace();
  const { role } = useStore(view);
  const text = messages.together;
  return (
    <Dialog title={text.title} description={role === "owner" ? text.text : text.textForGuests} onClose={onClose}>
      <DialogScroll label={text.title} className="space-y-5">
        <Field label={text.yourName}>
          <input
            className={inputClass}
            defaultValue={ownName()}
            maxLength={40}
            placeholder={text.namePlaceholder}
            onBlur={(event) => together.callMe(event.currentTarget.value.trim())}
            onKeyDown={(event) => event.key === "Enter" && together.callMe(event.currentTarget.value.trim())}
          />
        </Field>
        <PeopleHere onClose={onClose} />
        {role === "owner" ? <Invitations /> : <Leave />}
        <Members />
      </DialogScroll>
    </Dialog>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section aria-label={title} className="space-y-1.5">
      <h3 className="text-xs font-medium text-ink-soft">{title}</h3>
      {children}
    </section>
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
            {person.place.path !== undefined && (
              <span className="min-w-0 truncate font-mono text-2xs text-ink-faint">{person.place.path}</span>
            )}
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

function Invitations(): ReactNode {
  const { api, notices } = useWorkspace();
  const [all, setAll] = useState<InvitationView[]>([]);
  const [role, setRole] = useState<InvitedRole>("editor");
  const [url, setUrl] = useState<string>();
  const text = messages.together;
  const fail = useCallback((error: unknown) => notices.show("error", errorText(error)), [notices]);
  const load = useCallback(() => api.members.invitations().then(setAll, fail), [api, fail]);
  useEffect(() => void load(), [load]);
  const invite = async (): Promise<void> => {
    try {
      const { token } = await api.members.invite(role);
      setUrl(new URL(`/join#${token}`, location.origin).href);
      await load();
    } catch (error) {
      fail(error);
    }
  };
  return (
    <Part title={text.invite}>
      <div className="flex flex-wrap justify-end gap-2">
        <select
          aria-label={text.inviteAs}
          className={`${selectClass} min-w-0 flex-1 basis-40`}
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as InvitedRole)}
        >
          {invitedRoles.map((each) => (
            <option key={each} value={each}>
              {text.rolesLong[each]}
            </option>
          ))}
        </select>
        <Button look="primary" onClick={() => void invite()}>
          {text.createLink}
        </Button>
      </div>
      {url !== undefined && <CopyField label={text.linkOnce} value={url} testId="invitation-url" />}
      <ul className="space-y-1">
        {all.map((each) => (
          <li key={each.id} className="flex items-center gap-2 text-xs" data-testid="invitation">
            <span className="flex-1 text-ink-soft">
              {text.link({ role: text.roles[each.role], when: ago(each.createdAt) })}
            </span>
            <Button look="ghost" onClick={() => void api.members.revoke(each.id).then(load, fail)}>
              {text.revoke}
            </Button>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** Everybody who may come in, here now or not. */
function Members(): ReactNode {
  const { api, notices, together, view } = useWorkspace();
  const [all, setAll] = useState<MemberView[]>([]);
  const people = useStore(together.people);
  const { role } = useStore(view);
  const text = messages.together;
  const fail = useCallback((error: unknown) => notices.show("error", errorText(error)), [notices]);
  const load = useCallback(() => api.members.list().then(setAll, fail), [api, fail]);
  // Who comes in for the first time is a member from now on.
  useEffect(() => void load(), [load, people]);
  const guests = all.filter((each) => each.role !== "owner");
  if (guests.length === 0) return null;
  return (
    <Part title={text.members}>
      <ul className="space-y-1">
        {guests.map((each) => {
          const name = each.name === "" ? text.somebody : each.name;
          return (
            <li key={each.id} className="flex items-center gap-2" data-testid="member">
              <span className="min-w-0 flex-1 truncate">
                {name} {each.you && <span className="text-ink-faint">{text.you}</span>}
              </span>
              {role === "owner" ? (
                <>
                  <select
                    aria-label={text.roleOf({ name })}
                    className={selectClass}
                    value={each.role}
                    onChange={(event) =>
                      void api.members.change(each.id, event.currentTarget.value as InvitedRole).then(load, fail)
                    }
                  >
                    {invitedRoles.map((option) => (
                      <option key={option} value={option}>
                        {text.roles[option]}
                      </option>
                    ))}
                  </select>
                  <IconButton
                    icon="trash"
                    label={text.remove({ name })}
                    onClick={() => void api.members.remove(each.id).then(load, fail)}
                  />
                </>
              ) : (
                <span className="text-xs text-ink-faint">{text.roles[each.role]}</span>
              )}
            </li>
          );
        })}
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
