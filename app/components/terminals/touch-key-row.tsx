"use client";
import type { MouseEvent, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { touchKeys } from "./touch-keys.ts";
import type { TouchKey, TouchKeys } from "./touch-keys.ts";

interface TouchKeyRowProps {
  terminal: string;
  keys: TouchKeys;
  onPress: (key: TouchKey) => void;
}

const shape =
  "grid h-10 min-w-0 flex-1 place-items-center rounded-md border font-mono text-xs aria-disabled:opacity-50";
const keyClass = `${shape} border-line-strong bg-panel text-ink`;
const heldClass = `${shape} border-accent bg-accent-wash font-semibold text-accent`;

/** The terminal keeps the focus, and with it the phone its keyboard. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault();
}

/** Beneath a terminal that is touched, and so above a phone's keyboard: the keys that this one lacks. */
export function TouchKeyRow({ terminal, keys, onPress }: TouchKeyRowProps): ReactNode {
  const { together } = useWorkspace();
  const ctrl = useStore(keys.ctrl);
  useStore(together.writers);
  const text = messages.terminals.keys;
  const isOthers = !together.hasKeyboard(terminal);
  const inert = isOthers ? ({ "aria-disabled": true } as const) : {};
  const [escape, tab, ...arrows] = touchKeys.map((key) => (
    <button
      key={key.name}
      type="button"
      className={keyClass}
      aria-label={text[key.name]}
      onMouseDown={keepFocus}
      onClick={() => isOthers || onPress(key)}
      {...inert}
    >
      {"sign" in key ? key.sign : text[key.name]}
    </button>
  ));
  return (
    <div
      role="group"
      aria-label={text.title}
      data-testid="touch-keys"
      className="hidden shrink-0 gap-1 border-t border-line bg-ground p-1 pointer-coarse:flex"
    >
      {escape}
      {tab}
      <button
        type="button"
        className={ctrl ? heldClass : keyClass}
        aria-label={text.ctrlNext}
        aria-pressed={ctrl}
        onMouseDown={keepFocus}
        onClick={() => isOthers || keys.ctrl.set(!ctrl)}
        {...inert}
      >
        {text.ctrl}
      </button>
      {arrows}
    </div>
  );
}
