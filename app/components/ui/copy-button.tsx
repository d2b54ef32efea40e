"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { copyText } from "../../lib/copy-text.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "./button.tsx";

const words = messages.running;

/** Copies a text, and says so for a moment. */
export function CopyButton({ label, text }: { label: string; text: string | (() => string) }): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <IconButton
        icon={copied ? "check" : "copy"}
        label={label}
        onClick={() => void copyText(typeof text === "string" ? text : text()).then(setCopied)}
      />
      <span role="status" className="sr-only">
        {copied ? words.details.copied : ""}
      </span>
    </>
  );
}
