"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { copyText } from "../../lib/copy-text.ts";
import { messages } from "../../lib/messages.ts";
import { isOwnMachine } from "../../lib/own-machine.ts";
import { Button } from "./button.tsx";
import { Field, inputClass } from "./dialog.tsx";
import { Icon } from "./icons.tsx";

interface CopyFieldProps {
  label: string;
  value: string;
  testId: string;
  /** beneath the text */
  note?: ReactNode;
  /** its button has the focus when it comes */
  focused?: boolean;
  /** further actions */
  children?: ReactNode;
}

/** A link to be copied. */
export function CopyField({ label, value, testId, note, focused = false, children }: CopyFieldProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [copied, setCopied] = useState<string>();
  useEffect(() => {
    // It has come in place of what was pressed, which had the focus.
    if (focused) button.current?.focus();
  }, [focused]);
  const copy = async (): Promise<void> => {
    const done = await copyText(value);
    setCopied(done ? value : undefined);
    // Left selected, for the learner to copy.
    if (done) return;
    input.current?.focus();
    input.current?.select();
  };
  const host = new URL(value).hostname;
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
      {isOwnMachine(host) && (
        <p className="flex gap-2 text-xs text-warn" data-testid="own-machine">
          <Icon name="warn" className="mt-px" />
          <span>{messages.share.ownMachine({ host })}</span>
        </p>
      )}
      {note}
      <div className="flex justify-end gap-2">
        {children}
        <Button ref={button} look="primary" icon={isCopied ? "check" : "share"} onClick={() => void copy()}>
          {isCopied ? messages.share.copied : messages.share.copy}
        </Button>
      </div>
    </div>
  );
}
