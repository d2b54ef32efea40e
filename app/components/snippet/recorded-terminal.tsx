"use client";
import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { createXterm } from "../terminals/xterm-setup.ts";

/** What a terminal showed, drawn by a terminal that takes no input. */
export default function RecordedTerminal({ text, title }: { text: string; title: string }): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const { terminal, fit } = createXterm(element, { label: title, readOnly: true });
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) fit.fit();
    });
    observer.observe(element);
    terminal.write(text);
    return () => {
      observer.disconnect();
      terminal.dispose();
    };
  }, [text, title]);
  return <div ref={host} className="h-72 overflow-hidden bg-terminal" />;
}
