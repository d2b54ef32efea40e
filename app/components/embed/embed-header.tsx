"use client";
import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { useMessages } from "../ui/language.tsx";
import type { LiveState } from "./use-live.ts";

interface EmbedHeaderProps {
  id: string;
  title: string;
  /** undefined: there is nothing to run or to open */
  state: LiveState | undefined;
  /** undefined until it can be pressed: a page that was only drawn by the server hears nothing */
  onRun: (() => void) | undefined;
}

/** What it is and what can be done with it; the way to the whole playground is in a tab of its own. */
export function EmbedHeader({ id, title, state, onRun }: EmbedHeaderProps): ReactNode {
  return (
    <header className="flex h-10 items-center gap-2 border-b border-line px-2.5">
      <Icon name="logo" className="text-accent" />
      <h1 className="min-w-0 flex-1 truncate font-semibold">{title}</h1>
      {state !== undefined && <Controls id={id} state={state} onRun={onRun} />}
    </header>
  );
}

function Controls({ id, state, onRun }: Pick<EmbedHeaderProps, "id" | "onRun"> & { state: LiveState }): ReactNode {
  const words = useMessages().running.embed;
  const isStarting = state.is === "starting" || state.is === "waiting";
  return (
    <>
      <span
        className="flex items-center gap-1.5 text-xs text-ink-soft"
        role="status"
        data-testid="embed-state"
        data-state={state.is}
      >
        {state.is === "live" && <span className="size-2 rounded-full bg-good" aria-hidden="true" />}
        {state.is === "live" ? words.live : words.recording}
      </span>
      <a
        href={`/s/${id}`}
        target="_blank"
        rel="noopener"
        aria-label={words.open}
        title={words.open}
        className="inline-grid size-7 place-items-center rounded-md text-ink-soft hover:bg-raised hover:text-ink"
      >
        <Icon name="open" />
      </a>
      {state.is !== "live" && (
        <Button look="primary" disabled={isStarting || onRun === undefined} onClick={onRun}>
          {isStarting ? <Spinner className="-ml-0.5" /> : <Icon name="play" className="-ml-0.5" />}
          {isStarting ? words.starting : words.run}
        </Button>
      )}
    </>
  );
}
