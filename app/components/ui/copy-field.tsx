"use client";
import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "./button.tsx";
import { Field, inputClass } from "./dialog.tsx";

/** A text to be copied, such as a link. `children` are further actions. */
export function CopyField({
  label,
  value,
  testId,
  children,
}: {
  label: string;
  value: string;
  testId: string;
  children?: ReactNode;
}): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<string>();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(value);
    } catch {
      // A page that did not come over TLS has no clipboard but this; where even that is refused, it is selected.
      input.current?.focus();
      input.current?.select();
      if (document.execCommand("copy")) setCopied(value);
    }
  };
  const isCopied = copied === value;
  return (
    <div className="space-y-3">
      <Field label={label}>
        <input
          ref={input}
          readOnly
          value={value}
          data-testid={testId}
          className={`${inputClass} font-mono text-xs`}
          onFocus={(event) => event.currentTarget.select()}
        />
      </Field>
      <div className="flex justify-end gap-2">
        {children}
        <Button look="primary" icon={isCopied ? "check" : "share"} onClick={() => void copy()}>
          {isCopied ? messages.share.copied : messages.share.copy}
        </Button>
      </div>
    </div>
  );
}
