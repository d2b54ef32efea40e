"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "./button.tsx";

interface AskingButtonProps {
  children: string;
  /** what it is called before and after it was pressed once */
  names: readonly [string, string];
  onPress: () => void;
}

/** For what cannot be undone: it asks, and is pressed twice. */
export function AskingButton({ children, names, onPress }: AskingButtonProps): ReactNode {
  const [asks, setAsks] = useState(false);
  return (
    <Button
      look={asks ? "danger" : "ghost"}
      className="h-6 text-xs"
      aria-label={names[asks ? 1 : 0]}
      onClick={() => (asks ? onPress() : setAsks(true))}
      onBlur={() => setAsks(false)}
    >
      {asks ? messages.actions.really : children}
    </Button>
  );
}
