"use client";
import { Dialog as Radix } from "radix-ui";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "./button.tsx";

interface DialogProps {
  title: string;
  description?: string;
  onClose: () => void;
  children: ReactNode;
}

/** Who opens a dialog with something to fill in can type at once; else the first that can be pressed has the focus. */
function focusField(event: Event): void {
  const field = (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>("input:enabled:not([readonly])");
  if (field === null) return;
  event.preventDefault();
  field.select();
  field.focus();
}

export function Dialog({ title, description, onClose, children }: DialogProps): ReactNode {
  const [opener] = useState(findOpener);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[oklch(15%_0.02_240/45%)]" />
        <Radix.Content
          className="rise fixed top-[14vh] left-1/2 z-50 w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 rounded-xl border border-line bg-panel p-5 shadow-float"
          onOpenAutoFocus={focusField}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener?.isConnected) opener.focus();
          }}
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
        >
          <div className="flex items-start justify-between gap-3">
            <Radix.Title className="text-[0.9375rem] font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton icon="close" label={messages.actions.close} className="-mt-1 -mr-1" />
            </Radix.Close>
          </div>
          {description && <Radix.Description className="mt-1 text-ink-soft">{description}</Radix.Description>}
          <div className="mt-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The part of a dialog that is scrolled when it is long, also by the keyboard. */
export function DialogScroll({
  label,
  className = "",
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div
      role="region"
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else no key scrolls it
      tabIndex={0}
      className={`-mx-2 max-h-[60vh] overflow-y-auto rounded-md px-2 ${className}`}
    >
      {children}
    </div>
  );
}

/** What has the focus when the dialog opens, and gets it back: of a menu, which is about to go, the button of it. */
function findOpener(): HTMLElement | undefined {
  const active = typeof document === "undefined" ? undefined : document.activeElement;
  const trigger = active?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  const found = typeof trigger === "string" ? document.getElementById(trigger) : active;
  return found instanceof HTMLElement ? found : undefined;
}

export function Field({ label, help, children }: { label: string; help?: string; children: ReactNode }): ReactNode {
  return (
    <label className="block">
      <span className="mb-1 block text-xs font-medium text-ink-soft">{label}</span>
      {children}
      {help && <span className="mt-1 block text-xs text-ink-faint">{help}</span>}
    </label>
  );
}

export const inputClass =
  "h-8 w-full rounded-md border border-line-strong bg-ground px-2.5 text-ink outline-none focus-visible:border-accent focus-visible:outline-2 focus-visible:outline-accent";
