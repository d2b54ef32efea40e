"use client";
import { useEffect, useRef, useState } from "react";
import type { FormEvent, ReactNode } from "react";
import { snippetIdPattern } from "#contract/playground-api.ts";
import type { Embed, EmbedMessage } from "../../../public/embed-api.d.ts";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Field, inputClass } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { useMessages } from "../ui/language.tsx";
import { EmbedSites, useEmbedSites } from "./embed-sites.tsx";
import { oneLine, tutorialExample } from "./tutorial-example.ts";

/** Of the link or of the id that was given. */
function idIn(text: string): string | undefined {
  const id = text.trim().split("/").at(-1) ?? "";
  return snippetIdPattern.test(id) ? id : undefined;
}

/** For authors of tutorials: how a snippet comes into a page of theirs, tried on one of their own. */
export function EmbeddingPage({ snippet }: { snippet: string }): ReactNode {
  const words = useMessages().embedding;
  const [id, setId] = useState(idIn(snippet));
  const [origin, setOrigin] = useState("");
  const sites = useEmbedSites();
  useEffect(() => setOrigin(location.origin), []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("link");
    setId(typeof given === "string" ? idIn(given) : undefined);
  };
  const shown = id ?? "AbCdEfGhIjKlMn";
  return (
    <main className="mx-auto max-w-4xl space-y-6 p-6">
      <header className="space-y-2">
        <a href="/" aria-label={messages.notFound.home} className="inline-block">
          <Icon name="logo" className="size-7 text-accent" />
        </a>
        <h1 className="text-lg font-semibold">{words.title}</h1>
        <p className="max-w-prose text-pretty text-ink-soft">{words.text}</p>
        <EmbedSites sites={sites} />
      </header>
      <form onSubmit={submit} className="flex max-w-xl items-end gap-2">
        <div className="flex-1">
          <Field label={words.link}>
            <input name="link" defaultValue={snippet} className={`${inputClass} font-mono text-xs`} />
          </Field>
        </div>
        <Button type="submit" className="h-8">
          {words.tryIt}
        </Button>
      </form>
      <Code title={words.oneLine} text={words.oneLineText} code={oneLine(origin, shown)} name="one-line" />
      <Code title={words.page} text={words.pageText} code={tutorialExample(origin, shown)} name="tutorial-example" />
      <section className="space-y-2">
        <h2 className="font-semibold">{words.api}</h2>
        <p className="max-w-prose text-pretty text-ink-soft">
          {words.apiText}{" "}
          <a href="/embed-api.d.ts" className="font-medium text-accent underline underline-offset-3">
            embed-api.d.ts
          </a>
        </p>
        {id !== undefined && <Demonstration key={id} snippet={id} />}
      </section>
      <section className="space-y-2">
        <h2 className="font-semibold">{words.safety}</h2>
        <p className="max-w-prose text-pretty text-ink-soft">{words.safetyText}</p>
      </section>
    </main>
  );
}

interface CodeProps {
  title: string;
  text: string;
  code: string;
  name: string;
}

function Code({ title, text, code, name }: CodeProps): ReactNode {
  return (
    <section className="space-y-2">
      <div className="flex items-center gap-2">
        <h2 className="font-semibold">{title}</h2>
        <CopyButton text={code} label={messages.running.details.copy} />
      </div>
      <p className="max-w-prose text-pretty text-ink-soft">{text}</p>
      <pre
        role="region"
        aria-label={title}
        data-testid={name}
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-md border border-line bg-panel p-3 font-mono text-xs"
      >
        {code}
      </pre>
    </section>
  );
}

/** The frame as another page has it, with what it tells. */
function Demonstration({ snippet }: { snippet: string }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const box = useRef<Embed>(undefined);
  const [told, setTold] = useState<readonly EmbedMessage[]>([]);
  useEffect(() => {
    let gone = false;
    const hear = (event: Event): void => {
      const { detail } = event as CustomEvent<EmbedMessage>;
      setTold((before) => [...before, detail].slice(-8));
    };
    const element = place.current;
    element?.addEventListener("drydock", hear);
    const address = "/embed-api.js";
    const load = import(/* turbopackIgnore: true */ /* webpackIgnore: true */ address) as Promise<
      typeof import("../../../public/embed-api.d.ts")
    >;
    load.then(
      ({ embed }) => {
        if (!gone && element !== null) box.current = embed(element, { snippet, panes: ["files", "build", "terminal"] });
      },
      (error: unknown) => console.warn("The module of embeds did not come.", error),
    );
    return () => {
      gone = true;
      element?.removeEventListener("drydock", hear);
      box.current?.remove();
    };
  }, [snippet]);
  const send = (command: Parameters<Embed["send"]>[0]): void => box.current?.send(command);
  const words = messages.embedding;
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-1.5">
        <Button onClick={() => send({ drydock: "theme", theme: "dark" })}>{words.dark}</Button>
        <Button onClick={() => send({ drydock: "theme", theme: "light" })}>{words.light}</Button>
        <Button onClick={() => send({ drydock: "build" })}>{messages.actions.build}</Button>
        <Button onClick={() => send({ drydock: "type", text: "docker images\n" })}>docker images</Button>
      </div>
      <div ref={place} data-testid="demonstration" />
      <h3 className="text-xs font-semibold text-ink-soft">{words.told}</h3>
      <ol data-testid="told" className="rounded-md border border-line bg-panel p-2 font-mono text-xs">
        {told.map((message, index) => (
          <li key={index} className="truncate">
            {JSON.stringify(message)}
          </li>
        ))}
      </ol>
    </div>
  );
}
