"use client";
import type { ReactNode } from "react";
import type { Person } from "#contract/together-events.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const mostFaces = 4;

/** In the header: who else is here, and the way to the dialog. */
export function PeopleBar({ onOpen }: { onOpen: (() => void) | undefined }): ReactNode {
  const { together } = useWorkspace();
  const people = useStore(together.people);
  const others = people.filter((person) => !together.isSelf(person));
  return (
    <Button look="ghost" icon="people" title={messages.together.title} onClick={onOpen}>
      <span className="sr-only">{messages.together.title}</span>
      {others.length > 0 && <span className="text-xs min-[601px]:hidden">{others.length}</span>}
      {others.length > 0 && (
        <span className="flex -space-x-1 max-[600px]:hidden" data-testid="faces" aria-hidden="true">
          {others.slice(0, mostFaces).map((person) => (
            <Face key={person.id} person={person} name={together.nameOf(person)} />
          ))}
          {others.length > mostFaces && <span className="pl-2 text-xs">+{others.length - mostFaces}</span>}
        </span>
      )}
    </Button>
  );
}

export function Face({ person, name }: { person: Pick<Person, "colour">; name: string }): ReactNode {
  return (
    <span
      title={name}
      className={`peer-face peer-${person.colour} grid size-5 place-items-center rounded-full text-2xs font-semibold uppercase ring-2 ring-panel`}
    >
      {String.fromCodePoint(name.codePointAt(0) ?? 0x3f)}
    </span>
  );
}

/** Beneath the header: what a viewer may, and whom this page follows. */
export function TogetherNote(): ReactNode {
  const { together, view } = useWorkspace();
  const { role } = useStore(view);
  const people = useStore(together.people);
  const followed = useStore(together.following);
  const following = people.find(({ id }) => id === followed);
  return (
    <div role="status" data-testid="together">
      {role === "viewer" && (
        <p className="border-b border-line bg-accent-wash px-3 py-1 text-xs text-ink">{messages.together.viewing}</p>
      )}
      {following !== undefined && (
        <p className="flex items-center gap-2 border-b border-line bg-accent-wash px-3 py-1 text-xs text-ink">
          <Face person={following} name={together.nameOf(following)} />
          <span className="mr-auto">{messages.together.following({ name: together.nameOf(following) })}</span>
          <Button look="ghost" onClick={() => together.follow(undefined)}>
            {messages.together.unfollow}
          </Button>
        </p>
      )}
    </div>
  );
}
