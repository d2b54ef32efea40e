"use client";
import { useEffect, useState } from "react";
import type { FormEvent, ReactNode } from "react";
import { acceptInvitationSchema } from "#contract/together.ts";
import { acceptInvitation, errorText } from "../../lib/api.ts";
import { keepOwnName, ownName } from "../../lib/person.ts";
import { Alert } from "../ui/alert.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/dialog.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { useMessages } from "../ui/language.tsx";

/** Where an invitation leads: asks for a name, and exchanges what the link's fragment holds for the membership. */
export function JoinPage(): ReactNode {
  const { together: text } = useMessages();
  const [token, setToken] = useState<string>();
  const [known, setKnown] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    setToken(location.hash.slice(1));
    setKnown(ownName());
    // It stays in no history and in no picture of the address.
    history.replaceState(null, "", "/join");
  }, []);
  if (token !== undefined && !acceptInvitationSchema.shape.token.safeParse(token).success) return <Broken />;
  const join = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (token === undefined) return;
    const given = new FormData(event.currentTarget).get("name");
    const name = typeof given === "string" ? given.trim() : "";
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
      <form className="w-full max-w-sm space-y-4" onSubmit={(event) => void join(event)}>
        <Title />
        <p className="text-ink-soft">{text.join.text}</p>
        {known !== undefined && (
          <Field label={text.yourName}>
            <input
              name="name"
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

/** Nobody is asked for a name for a link that cannot lead anywhere. */
function Broken(): ReactNode {
  const { together: text, notFound } = useMessages();
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="w-full max-w-sm space-y-4">
        <Title />
        <Alert text={text.join.broken} />
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
