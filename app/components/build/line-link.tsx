import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";

/** Takes the editor to a line; says the line where there is no editor. */
export function LineLink({
  line,
  onReveal,
}: {
  line: number | undefined;
  onReveal?: (line: number) => void;
}): ReactNode {
  if (line === undefined) return null;
  if (onReveal === undefined) return <span className="text-xs text-ink-soft">{messages.build.line({ line })}</span>;
  return (
    <button
      type="button"
      aria-label={messages.build.goToLine({ line })}
      className="shrink-0 text-xs font-medium text-accent underline decoration-transparent underline-offset-3 hover:decoration-current"
      onClick={() => onReveal(line)}
    >
      {messages.build.line({ line })}
    </button>
  );
}
