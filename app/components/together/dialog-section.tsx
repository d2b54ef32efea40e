import type { ReactNode } from "react";

export const selectClass = "h-7 rounded-md border border-line-strong bg-ground px-1.5 text-ink";

/** A part of the dialog, with its heading. */
export function Part({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section aria-label={title} className="space-y-1.5">
      <h3 className="text-xs font-medium text-ink-soft">{title}</h3>
      {children}
    </section>
  );
}
