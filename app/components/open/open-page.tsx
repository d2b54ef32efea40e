"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { errorText, openWorkspace, WorkspaceApi } from "../../lib/api.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { Alert } from "../ui/alert.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { useMessages } from "../ui/language.tsx";
import { wishTyped } from "../workspace/typed-wish.ts";
import { cloneCommand, largestContent, readLink } from "./link-content.ts";
import type { LinkContent } from "./link-content.ts";

/** What a link brings with it, shown before anything is done with it: a link alone makes nothing and runs nothing. */
export function OpenPage(): ReactNode {
  const words = useMessages().running.open;
  const [content, setContent] = useState<LinkContent | "nothing">();
  const [failure, setFailure] = useState<string>();
  const [opening, setOpening] = useState(false);
  useEffect(() => {
    const read = (): void => {
      readLink(location.hash).then(
        (found) => setContent(found ?? "nothing"),
        (error: unknown) =>
          setFailure(error instanceof RangeError ? messages.running.open.large : messages.running.open.nothingText),
      );
    };
    read();
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  const open = async (given: LinkContent): Promise<void> => {
    setOpening(true);
    setFailure(undefined);
    try {
      const { id } = await openWorkspace({ fresh: true });
      await put(new WorkspaceApi(id), given);
      if (given.kind === "git") wishTyped(id, `${cloneCommand(given.url)}\n`);
      location.assign(`/w/${id}`);
    } catch (error) {
      setFailure(errorText(error));
      setOpening(false);
    }
  };
  const given = content === "nothing" ? undefined : content;
  return (
    <main className="mx-auto flex min-h-full max-w-2xl flex-col justify-center gap-3 p-6">
      <Icon name="logo" className="size-7 text-accent" />
      <h1 className="text-lg font-semibold">{content === "nothing" ? words.nothing : words.title}</h1>
      {content === "nothing" && <p className="text-ink-soft">{words.nothingText}</p>}
      <Alert text={failure} />
      {given !== undefined && (
        <>
          <p className="text-ink-soft">{given.kind === "git" ? words.git(given) : words.text}</p>
          <Shown content={given} />
          <div className="flex flex-wrap gap-2">
            <Button look="primary" icon="play" disabled={opening} onClick={() => void open(given)}>
              {opening ? words.creating : words.create}
            </Button>
            <ButtonLink href="/">{messages.notFound.home}</ButtonLink>
          </div>
        </>
      )}
    </main>
  );
}

function Shown({ content }: { content: LinkContent }): ReactNode {
  if (content.kind === "git") return null;
  if (content.kind === "tar") return <p>{messages.running.open.archive({ size: size(content.bytes.length) })}</p>;
  return (
    <pre
      role="region"
      aria-label={messages.running.open.dockerfile}
      // A scrolling region must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="max-h-[50vh] overflow-auto rounded-md border border-line bg-panel p-3 font-mono text-xs"
    >
      {content.text}
    </pre>
  );
}

/** @throws ApiError */
async function put(api: WorkspaceApi, content: LinkContent): Promise<void> {
  if (content.kind === "dockerfile") await api.writeFile("Dockerfile", content.text);
  if (content.kind === "tar") {
    if (content.bytes.length > largestContent) throw new Error(messages.running.open.large);
    await api.unpackTar(new Blob([content.bytes]));
  }
}
