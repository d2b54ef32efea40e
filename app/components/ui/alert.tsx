import type { ReactNode } from "react";

interface AlertProps {
  /** nothing is shown while there is none */
  text: string | undefined;
  /** as wide as the page, beneath its head */
  strip?: boolean;
  className?: string;
}

/** What went wrong, said at once, where it was asked for. */
export function Alert({ text, strip = false, className = "" }: AlertProps): ReactNode {
  if (text === undefined) return null;
  const look = strip ? "border-b border-line px-4 py-2" : "rounded-md px-2.5 py-2 text-xs";
  return (
    <p role="alert" className={`bg-bad-wash text-bad ${look} ${className}`}>
      {text}
    </p>
  );
}
