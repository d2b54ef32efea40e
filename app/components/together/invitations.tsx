"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import type { InvitedRole } from "#contract/together.ts";
import { invitedRoles } from "#contract/together.ts";
import { errorText } from "../../lib/api.ts";
import { ago } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { AskingButton } from "../ui/asking-button.tsx";
import { Button } from "../ui/button.tsx";
import { CopyField } from "../ui/copy-field.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { Part, selectClass } from "./dialog-section.tsx";
import type { InvitationsInUse } from "./use-invitations.ts";

/** The links by which others come in: made, shown once, taken back. */
export function Invitations({ invitations }: { invitations: InvitationsInUse }): ReactNode {
  const { api, notices } = useWorkspace();
  const [role, setRole] = useState<InvitedRole>("editor");
  const [made, setMade] = useState<{ id: string; url: string }>();
  const text = messages.together;
  const invite = async (): Promise<void> => {
    try {
      const { id, token } = await api.members.invite(role);
      setMade({ id, url: new URL(`/join#${token}`, location.origin).href });
      await invitations.load();
    } catch (error) {
      notices.show("error", errorText(error));
    }
  };
  // One that was taken back is not to be handed on.
  const url = invitations.all.some(({ id }) => id === made?.id) ? made?.url : undefined;
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
        {invitations.all.map((each) => (
          <li key={each.id} className="flex items-center gap-2 text-xs" data-testid="invitation">
            <span className="flex-1 text-ink-soft">
              {text.link({ role: text.roles[each.role], when: ago(each.createdAt) })}
            </span>
            <AskingButton
              names={[text.revokeOf({ role: text.roles[each.role] }), text.revokeNow({ role: text.roles[each.role] })]}
              onPress={() => void invitations.takeBack([each.id])}
            >
              {text.revoke}
            </AskingButton>
          </li>
        ))}
      </ul>
    </Part>
  );
}
