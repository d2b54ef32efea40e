"use client";
import type { ReactNode } from "react";
import { Button, IconButton } from "../ui/button.tsx";
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
  /** undefined: nothing is built here, or nothing of it would be seen */
  onBuild: (() => void) | undefined;
  onStartOver: () => void;
}

/** What it is and what can be done with it; the way to the whole playground is in a tab of its own. */
export function EmbedHeader({ title, ...controls }: EmbedHeaderProps): ReactNode {
  const { state } = controls;
  return (
    <header className="flex h-10 items-center gap-2 border-b border-line px-2.5">
      <Icon name="logo" className="text-accent" />
      <h1 className="min-w-0 flex-1 truncate font-semibold">{title}</h1>
      {state !== undefined && <Controls {...controls} state={state} />}
    </header>
  );
}

type ControlsProps = Omit<EmbedHeaderProps, "title" | "state"> & { state: LiveState };

function Controls({ id, state, onRun, onBuild, onStartOver }: ControlsProps): ReactNode {
  const { actions, running } = useMessages();
  const words = running.embed;
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
      {state.is === "live" && <IconButton icon="restart" label={words.startOver} onClick={onStartOver} />}
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
      {state.is === "live" && onBuild !== undefined && (
        <Button look="primary" aria-keyshortcuts="Control+Enter Meta+Enter" onClick={onBuild}>
          <Icon name="hammer" className="-ml-0.5" />
          {actions.build}
        </Button>
      )}
      {state.is !== "live" && (
        <Button look="primary" disabled={isStarting || onRun === undefined} onClick={onRun}>
          {isStarting ? <Spinner className="-ml-0.5" /> : <Icon name="play" className="-ml-0.5" />}
          {isStarting ? words.starting : words.run}
        </Button>
      )}
    </>
  );
}
