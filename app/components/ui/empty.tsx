import type { ReactNode } from "react";
import { Icon, Spinner } from "./icons.tsx";
import type { IconName } from "./icons.tsx";

/** What a pane says while there is nothing in it. */
export function Empty({
  icon,
  title,
  text,
  children,
}: {
  icon: IconName;
  title: string;
  text: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="grid h-full min-h-32 place-items-center p-5">
      <div className="max-w-72 text-center">
        <span className="mx-auto mb-2.5 grid size-9 place-items-center rounded-full bg-raised text-ink-faint">
          <Icon name={icon} />
        </span>
        <p className="font-medium">{title}</p>
        <p className="mt-0.5 text-xs text-pretty text-ink-soft">{text}</p>
        {children && <div className="mt-3 flex justify-center">{children}</div>}
      </div>
    </div>
  );
}

/** What a pane says while it is not known yet what will be in it. */
export function Coming({ text }: { text: string }): ReactNode {
  return (
    <p
      role="status"
      className="late flex h-full min-h-32 items-center justify-center gap-2 p-5 text-xs text-pretty text-ink-soft"
    >
      <Spinner /> {text}
    </p>
  );
}

/** The strip at a pane's top. */
export function PaneHeader({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  return (
    <div className="flex h-9 shrink-0 items-center gap-1 border-b border-line pr-1.5 pl-3">
      <h2 className="mr-auto min-w-0 truncate text-xs font-semibold tracking-wide text-ink-soft" title={title}>
        {title}
      </h2>
      {children}
    </div>
  );
}
