import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";

interface SearchFieldProps {
  label: string;
  value: string;
  /** how many were found, in words */
  found?: string | undefined;
  onChange: (value: string) => void;
}

/** A small field to search in what is beneath it; Escape empties it. */
export function SearchField({ label, value, found, onChange }: SearchFieldProps): ReactNode {
  return (
    <span className="flex h-6 min-w-0 flex-1 items-center gap-1.5 rounded-md border border-line bg-ground px-1.5 focus-within:border-accent">
      <Icon name="search" className="size-3.5 text-ink-faint" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && value !== "") {
            event.stopPropagation();
            onChange("");
          }
        }}
        className="min-w-0 flex-1 bg-transparent text-xs outline-none placeholder:text-ink-faint"
      />
      <span role="status" className="shrink-0 text-2xs text-ink-soft">
        {found}
      </span>
    </span>
  );
}
