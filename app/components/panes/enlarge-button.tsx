import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";

export interface EnlargeProps {
  /** it has the place of all panes */
  enlarged: boolean;
  /** undefined: there is room for one pane at a time only */
  onEnlarge: (() => void) | undefined;
}

/** Gives a pane the place of all of them, or takes it back. */
export function EnlargeButton({ enlarged, onEnlarge }: EnlargeProps): ReactNode {
  const { enlarge, shrink } = messages.running.views;
  if (onEnlarge === undefined) return null;
  return (
    <IconButton
      icon={enlarged ? "shrink" : "grow"}
      label={enlarged ? shrink : enlarge}
      aria-pressed={enlarged}
      onClick={onEnlarge}
    />
  );
}
