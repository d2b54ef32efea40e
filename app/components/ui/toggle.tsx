import type { ReactNode } from "react";

interface ToggleProps {
  pressed: boolean;
  title?: string;
  onChange: (pressed: boolean) => void;
  children: ReactNode;
}

/** A small button that is on or off. */
export function Toggle({ pressed, title, onChange, children }: ToggleProps): ReactNode {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      title={title}
      onClick={() => onChange(!pressed)}
      className={`h-6 shrink-0 rounded-md px-2 text-xs ${pressed ? "bg-accent-wash font-medium text-accent" : "text-ink-soft hover:bg-raised hover:text-ink"}`}
    >
      {children}
    </button>
  );
}
