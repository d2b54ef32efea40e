import { useEffect } from "react";
import { messages } from "../../lib/messages.ts";

/** What the browser's tab is called, its own part first; undefined: as the server has named it. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return undefined;
    document.title = `${title} · ${messages.product.name}`;
    return () => void (document.title = messages.product.name);
  }, [title]);
}
