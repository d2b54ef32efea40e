import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";

interface DisclosureButtonProps {
  open: boolean;
  onChange: (open: boolean) => void;
  className?: string;
  children: ReactNode;
}

/** A row that unfolds what is beneath it. */
export function DisclosureButton({ open, onChange, className = "", children }: DisclosureButtonProps): ReactNode {
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={() => onChange(!open)}
      className={`flex w-full min-w-0 items-center gap-1.5 rounded text-left hover:bg-raised ${className}`}
    >
      <Icon name="chevron" className={`size-3.5 text-ink-faint ${open ? "rotate-90" : ""}`} />
      {children}
    </button>
  );
}
