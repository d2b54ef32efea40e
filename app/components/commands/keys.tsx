"use client";
import { Fragment } from "react";
import type { ReactNode } from "react";
import { useMessages } from "../ui/language.tsx";

/** Keys as they are written on the keyboard in use. */
export function Keys({ keys }: { keys: readonly string[] }): ReactNode {
  const { commands } = useMessages();
  const names: Readonly<Record<string, string>> = commands.keyNames;
  const mac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.userAgent);
  return (
    <span className="flex shrink-0 flex-wrap items-center justify-end gap-1">
      {keys.map((combination) => (
        <kbd key={combination} className="flex gap-0.5 font-sans text-2xs text-ink-soft">
          {combination.split(/(?<=.)\+/).map((key, index) => (
            <Fragment key={key}>
              {index > 0 && <span aria-hidden="true">+</span>}
              <span className="rounded border border-line-strong bg-raised px-1">
                {key === "Mod" && mac ? "⌘" : (names[key] ?? key)}
              </span>
            </Fragment>
          ))}
        </kbd>
      ))}
    </span>
  );
}
