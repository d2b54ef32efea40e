import type { ReactNode } from "react";
import { Spinner } from "../ui/icons.tsx";
import type { Loaded } from "./layers-store.ts";

/** What is said instead of a value: why it does not come, or that it is on its way. */
export function LoadState({ of, loading }: { of: Loaded<unknown>; loading: string }): ReactNode {
  if (of.error !== undefined) {
    return (
      <p role="alert" className="px-3 py-2 text-xs text-bad">
        {of.error}
      </p>
    );
  }
  if (of.value !== undefined) return null;
  return (
    <p role="status" className="flex items-center gap-2 px-3 py-2 text-xs text-ink-faint">
      <Spinner /> {loading}
    </p>
  );
}
