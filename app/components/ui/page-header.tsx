import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";
import { PreferencesMenu } from "./preferences-menu.tsx";

interface PageHeaderProps {
  /** undefined: not known (yet) */
  title: string | undefined;
  /** what the mark leads to, by its name */
  home?: string;
  /** what can be done with the page */
  children?: ReactNode;
}

/** The head of a page that shows something without its workspace being live. */
export function PageHeader({ title, home, children }: PageHeaderProps): ReactNode {
  const mark = <Icon name="logo" className="size-5 text-accent" />;
  return (
    <header className="flex min-h-12 shrink-0 items-center gap-x-2 border-b border-line bg-panel px-3 max-sm:flex-wrap max-sm:pt-2">
      {home === undefined ? (
        mark
      ) : (
        <a href="/" aria-label={home} title={home} className="rounded-md p-1">
          {mark}
        </a>
      )}
      <span className={`flex-1 ${title === undefined ? "" : "sm:hidden"}`} />
      {title !== undefined && (
        // With little room it has a line of its own: it is what its reader has come for.
        <h1 className="min-w-0 flex-1 truncate py-1.5 font-semibold max-sm:order-last max-sm:basis-full max-sm:whitespace-normal">
          {title}
        </h1>
      )}
      <PreferencesMenu />
      {children}
    </header>
  );
}
