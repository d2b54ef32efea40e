"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import type { InvitedRole, MemberView } from "#contract/together.ts";
import { invitedRoles } from "#contract/together.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { IconButton } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { Part, selectClass } from "./dialog-section.tsx";
import { RemoveMember } from "./remove-member.tsx";
import type { InvitationsInUse } from "./use-invitations.ts";

/** Everybody who may come in, here now or not. */
export function Members({ invitations }: { invitations: InvitationsInUse }): ReactNode {
  const { api, notices, together, view } = useWorkspace();
  const [all, setAll] = useState<MemberView[]>([]);
  const [leaving, setLeaving] = useState<string>();
  const [told, setTold] = useState("");
  /** where the focus goes when the question is gone: to what has asked it, or to what became of it */
  const opener = useRef<HTMLElement>(undefined);
  const outcome = useRef<HTMLParagraphElement>(null);
  const people = useStore(together.people);
  const { role } = useStore(view);
  const text = messages.together;
  const fail = useCallback((error: unknown) => notices.show("error", errorText(error)), [notices]);
  const load = useCallback(() => api.members.list().then(setAll, fail), [api, fail]);
  // Who comes in for the first time is a member from now on.
  useEffect(() => void load(), [load, people]);
  const guests = all.filter((each) => each.role !== "owner");
  const remove = async ({ id }: MemberView, name: string, links: readonly string[]): Promise<void> => {
    try {
      // First, that nobody slips in between.
      if (links.length > 0) await invitations.takeBack(links);
      await api.members.remove(id);
      setTold(text.removal.done({ name }));
      outcome.current?.focus();
    } catch (error) {
      fail(error);
    }
    setLeaving(undefined);
    await load();
  };
  const isEmpty = guests.length === 0;
  return (
    <>
      {!isEmpty && (
        <Part title={text.members}>
          <ul className="space-y-1">
            {guests.map((each) => {
              const name = together.nameOf(each);
              return (
                <li key={each.id} data-testid="member">
                  <div className="flex items-center gap-2">
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
                          aria-expanded={leaving === each.id}
                          onClick={({ currentTarget }) => {
                            opener.current = currentTarget;
                            setLeaving(leaving === each.id ? undefined : each.id);
                          }}
                        />
                      </>
                    ) : (
                      <span className="text-xs text-ink-faint">{text.roles[each.role]}</span>
                    )}
                  </div>
                  {leaving === each.id && (
                    <RemoveMember
                      name={name}
                      links={invitations.all}
                      onRemove={(links) => remove(each, name, links)}
                      onKeep={() => {
                        setLeaving(undefined);
                        opener.current?.focus();
                      }}
                    />
                  )}
                </li>
              );
            })}
          </ul>
        </Part>
      )}
      <p
        ref={outcome}
        role="status"
        tabIndex={-1}
        data-testid="member-removed"
        className={told === "" ? "sr-only" : "text-xs text-ink-soft"}
      >
        {told}
      </p>
    </>
  );
}
