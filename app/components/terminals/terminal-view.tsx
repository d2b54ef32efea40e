"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { KeyboardBar } from "../together/keyboard-bar.tsx";
import { Replay } from "./replay.ts";
import { SharedTerminal } from "./shared-terminal.ts";
import { Speaker } from "./speaker.ts";
import { TerminalOver } from "./terminal-over.tsx";
import { ToldOutput } from "./told-output.ts";
import { TouchKeyRow } from "./touch-key-row.tsx";
import { TouchKeys } from "./touch-keys.ts";
import type { TouchKey } from "./touch-keys.ts";
import { createXterm, exposeScreen } from "./xterm-setup.ts";
import type { XtermParts } from "./xterm-setup.ts";

interface TerminalViewProps {
  id: string;
  title: string;
  /** container id */
  container: string;
  /** in a state of a build: it is opened there, not here */
  inStep: boolean;
  active: boolean;
  /** its place among those that are seen, from the left; -1: it is not seen */
  place: number;
  searching: boolean;
  onSearchEnd: () => void;
}

/** One terminal session: what it shows comes from the engine from its first byte on, so a reload shows it again. */
export default function TerminalView(props: TerminalViewProps): ReactNode {
  const { id, title, container, inStep, active, place, searching, onSearchEnd } = props;
  const { connection, containers, terminals, together, documents } = useWorkspace();
  const { mayEdit } = documents;
  const [over, setOver] = useState(false);
  const [keys] = useState(() => new TouchKeys());
  const host = useRef<HTMLDivElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const parts = useRef<XtermParts>(undefined);
  const fit = useRef<() => void>(undefined);

  useEffect(() => {
    const element = host.current;
    if (element === null || log.current === null) return undefined;
    const mayType = (): boolean => mayEdit && together.hasKeyboard(id);
    const xterm = createXterm(element, { mayType });
    parts.current = xterm;
    exposeScreen(element, xterm.terminal);
    const { terminal } = xterm;
    // Where one types is what splitting and searching are about.
    terminal.textarea?.addEventListener("focus", () => terminals.active.set(id));
    // A typed command is to find no name or port taken by what this learner has removed or closed. Not what the terminal
    // itself answers.
    const settle = (): void => void Promise.all([containers.removals.settle(), terminals.settle()]);
    const key = terminal.onKey(settle);
    terminal.textarea?.addEventListener("paste", settle);
    let next = 0;
    const replay = new Replay(terminals.seen(id));
    const speaker = new Speaker(id, element);
    const told = new ToldOutput(terminal, element, log.current);
    const stop = connection.follow(
      { kind: "terminal", terminal: id, position: 0 },
      {
        onData: (bytes, position) => {
          const data = new Uint8Array(bytes);
          const start = position - data.length;
          const lost = start > next;
          next = position;
          const { old, fresh } = replay.split(data, start);
          // Resolved when the terminal has drawn it: a slow browser slows the program.
          return new Promise((resolve) => {
            if (lost) terminal.write(`\u001B[2m${messages.terminals.lost}\u001B[0m\r\n`);
            // Called in the order of the writes, each before the next is looked at.
            if (!replay.over) terminal.write(old, () => replay.digested(start + old.length));
            terminal.write(fresh, () => {
              terminals.saw(id, position);
              resolve();
            });
          });
        },
        onEnd: (message) => {
          terminal.write(`\r\n\u001B[2m${message ?? messages.terminals.ended}\u001B[0m`);
          setOver(true);
        },
      },
    );
    const shared = new SharedTerminal(id, xterm, element, { connection, terminals, together, mayType });
    fit.current = () => shared.fit();
    const input = terminal.onData((typed) => {
      if (!replay.over || !speaker.speaks || !mayType()) return;
      const data = keys.typed(typed);
      // In pieces that one message holds.
      for (let start = 0; start < data.length; start += 16_384) connection.input(id, data.slice(start, start + 16_384));
    });
    const binary = terminal.onBinary((data) => {
      if (replay.over && speaker.speaks && mayType()) {
        connection.input(
          id,
          Uint8Array.from(data, (each) => each.codePointAt(0) ?? 0),
        );
      }
    });
    return () => {
      stop();
      for (const each of [key, input, binary, shared, speaker, told, terminal]) each.dispose();
      parts.current = undefined;
      fit.current = undefined;
    };
  }, [connection, containers, terminals, together, mayEdit, id, keys]);

  useEffect(() => {
    const { terminal } = parts.current ?? {};
    terminal?.textarea?.setAttribute("aria-label", messages.terminals.label({ name: title }));
    terminal?.textarea?.setAttribute("aria-description", messages.workspace.leaveDescription);
  }, [id, title]);

  useEffect(() => {
    if (!active) return;
    fit.current?.();
    if (terminals.takesFocus) parts.current?.terminal.focus();
  }, [active, terminals]);

  const press = (key: TouchKey): void => {
    const { terminal } = parts.current ?? {};
    if (terminal === undefined) return;
    terminal.focus();
    terminal.input(keys.press(key, terminal.modes.applicationCursorKeysMode));
  };
  return (
    <div
      className={`isolate flex min-h-0 min-w-0 flex-col ${place < 0 ? "invisible absolute inset-0" : "relative"} ${place > 0 ? "border-l border-line max-[900px]:border-t max-[900px]:border-l-0" : ""}`}
      style={{ order: place }}
      role="group"
      aria-label={messages.terminals.label({ name: title })}
    >
      <KeyboardBar terminal={id} />
      <div className="relative flex min-h-0 flex-1 flex-col">
        {active && searching && (
          <div className="absolute top-2 right-3 z-20">
            <Search find={(text, back) => find(parts.current, text, back)} onEnd={onSearchEnd} />
          </div>
        )}
        <div ref={host} className="min-h-0 flex-1 overflow-hidden" data-testid="terminal" />
      </div>
      <div
        ref={log}
        role="log"
        aria-label={messages.terminals.told({ name: title })}
        className="sr-only"
        data-testid="terminal-told"
      />
      {active && mayEdit && !over && <TouchKeyRow terminal={id} keys={keys} onPress={press} />}
      {over && <TerminalOver id={id} container={container} title={title} inStep={inStep} />}
    </div>
  );
}

function find(parts: XtermParts | undefined, text: string, back: boolean): void {
  if (back) parts?.search.findPrevious(text);
  else parts?.search.findNext(text);
}

function Search({ find, onEnd }: { find: (text: string, back: boolean) => void; onEnd: () => void }): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const go = (back: boolean): void => find(input.current?.value ?? "", back);
  return (
    <div role="search" className="flex items-center gap-1 rounded-lg border border-line bg-panel p-1 shadow-float">
      <input
        ref={input}
        aria-label={messages.terminals.search}
        className="h-6 w-44 rounded bg-ground px-2 outline-none"
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey);
          if (event.key === "Escape") onEnd();
        }}
      />
      <IconButton icon="up" label={messages.terminals.searchPrevious} onClick={() => go(true)} />
      <IconButton icon="down" label={messages.terminals.searchNext} onClick={() => go(false)} />
      <IconButton icon="close" label={messages.actions.close} onClick={onEnd} />
    </div>
  );
}
