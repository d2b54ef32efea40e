import type { ReactNode } from "react";

/** The head of a table's column, which stays in sight while its rows scroll. */
export function ColumnHead({ className = "", children }: { className?: string; children: ReactNode }): ReactNode {
  return (
    <th scope="col" className={`sticky top-0 bg-panel px-2 py-1 font-medium text-ink-soft ${className}`}>
      {children}
    </th>
  );
}
