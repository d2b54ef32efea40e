"use client";
import { useEffect, useState } from "react";
import type { FormEvent, ReactNode } from "react";
import { lookAtInvitationSchema } from "#contract/together.ts";
import type { InvitationCard } from "#contract/together.ts";
import { acceptInvitation, errorText, isPassing, lookAtInvitation } from "../../lib/api.ts";
import type { PageMessages } from "../../lib/language.ts";
import { keepOwnName, ownName } from "../../lib/person.ts";
import { Alert } from "../ui/alert.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/dialog.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { useMessages } from "../ui/language.tsx";

/** The only thing that is asked for: who opens the link can type at once. */
function focusName(field: HTMLInputElement | null): void {
  field?.focus();
  field?.select();
}

/** Where an invitation leads: says to what, asks for a name, and exchanges what the link's fragment holds for membership. */
export function JoinPage(): ReactNode {
  const { together: text } = useMessages();
  const [token, setToken] = useState<string>();
  const [card, setCard] = useState<InvitationCard>();
  const [known, setKnown] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [isDead, setDead] = useState(false);
  useEffect(() => {
    const given = location.hash.slice(1);
    setToken(given);
    setKnown(ownName());
    // It stays in no history and in no picture of the address.
    history.replaceState(null, "", "/join");
  }, []);
  const isWhole = token !== undefined && lookAtInvitationSchema.safeParse({ token }).success;
  useEffect(() => {
    if (!isWhole) return;
    lookAtInvitation(token).then(setCard, (error: unknown) => {
      setFailure(errorText(error));
      setDead(!isPassing(error));
    });
  }, [token, isWhole]);
  if (token !== undefined && !isWhole) return <Broken why={text.join.broken} />;
  if (isDead && failure !== undefined) return <Broken why={failure} />;
  const join = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem("name");
    if (token === undefined || !(field instanceof HTMLInputElement)) return;
    const name = field.value.trim();
    if (name === "") {
      setFailure(text.join.nameMissing);
      field.focus();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const { id } = await acceptInvitation({ token, name });
      keepOwnName(name);
      location.replace(`/w/${id}`);
    } catch (error) {
      setFailure(errorText(error));
      setBusy(false);
    }
  };
  return (
    <main className="grid h-full place-items-center p-6">
      <form noValidate className="w-full max-w-sm space-y-4" onSubmit={(event) => void join(event)}>
        <Title />
        {/* As high before it is known. */}
        <p role="status" data-testid="invitation-card" className="min-h-10 break-words">
          {card !== undefined && invitation(text.join, card)}
        </p>
        <p className="text-ink-soft">{text.join.text}</p>
        {known !== undefined && (
          <Field label={text.yourName}>
            <input
              name="name"
              ref={focusName}
              required
              defaultValue={known}
              maxLength={40}
              placeholder={text.namePlaceholder}
              className={inputClass}
            />
          </Field>
        )}
        <Alert text={failure} />
        <Button look="primary" type="submit" disabled={busy || token === undefined}>
          {busy && <Spinner />}
          {text.join.submit}
        </Button>
      </form>
    </main>
  );
}

function invitation(text: PageMessages["together"]["join"], { inviter, role, workspace }: InvitationCard): string {
  return inviter === undefined ? text.invited[role]({ workspace }) : text.invitedBy[role]({ name: inviter, workspace });
}

/** Nobody is asked for a name for a link that does not lead anywhere. */
function Broken({ why }: { why: string }): ReactNode {
  const { notFound } = useMessages();
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="w-full max-w-sm space-y-4">
        <Title />
        <Alert text={why} />
        <ButtonLink href="/">{notFound.home}</ButtonLink>
      </div>
    </main>
  );
}

function Title(): ReactNode {
  const { together: text } = useMessages();
  return (
    <h1 className="flex items-center gap-2 text-lg font-semibold">
      <Icon name="logo" className="size-5 text-accent" /> {text.join.title}
    </h1>
  );
}
