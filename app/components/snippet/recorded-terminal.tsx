"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { createXterm, exposeScreen, screenText } from "../terminals/xterm-setup.ts";

/**
 * What a terminal showed, drawn by a terminal that takes no input; for screen readers as text to go through, not told by
 * itself: it is there at once, and old.
 */
export default function RecordedTerminal({
  text,
  title,
  columns,
}: {
  text: string;
  title: string;
  /** the width it was recorded at: lines wrap, and programs draw, for no other; as much as there is room for if unknown */
  columns: number | undefined;
}): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState("");
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const { terminal, fit } = createXterm(element, { label: title, readOnly: true });
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === 0) return;
      if (columns === undefined) fit.fit();
      else terminal.resize(columns, fit.proposeDimensions()?.rows ?? terminal.rows);
    });
    if (columns !== undefined) terminal.resize(columns, terminal.rows);
    exposeScreen(element, terminal);
    observer.observe(element);
    // As it is drawn: what programs wrote has their colours and movements in it.
    terminal.write(text, () => setShown(screenText(terminal).trim()));
    return () => {
      observer.disconnect();
      terminal.dispose();
    };
  }, [text, title, columns]);
  return (
    <div className="relative overflow-x-auto bg-terminal" data-testid="recorded-terminal">
      <div ref={host} className="h-72 w-max min-w-full overflow-hidden" data-testid="terminal" />
      <pre
        role="region"
        aria-label={messages.terminals.recorded({ name: title })}
        className="sr-only whitespace-pre"
        data-testid="recorded-text"
      >
        {shown}
      </pre>
    </div>
  );
}
