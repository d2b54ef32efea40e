"use client";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Icon } from "./icons.tsx";
import type { IconName } from "./icons.tsx";
import { useRefusal } from "./role.ts";

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong font-medium",
  secondary: "bg-panel text-ink border border-line-strong hover:bg-raised font-medium",
  ghost: "text-ink-soft hover:text-ink hover:bg-raised",
  danger: "bg-bad-wash text-bad hover:brightness-95 dark:hover:brightness-125 font-medium",
} as const;

/** What a button and a link of the same look share. */
const shape = "inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2.5 whitespace-nowrap transition-colors";
const square =
  "inline-grid size-6 shrink-0 place-items-center rounded-md text-ink-soft transition-colors hover:bg-raised hover:text-ink";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof looks;
  icon?: IconName;
  /** who is less in the workspace finds it disabled, with the reason */
  needs?: "editor" | "owner";
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "secondary", icon, children, className = "", needs, ...rest }: ButtonProps): ReactNode {
  const refusal = useRefusal(needs);
  return (
    <button
      type="button"
      className={`${shape} disabled:opacity-60 ${looks[look]} ${className}`}
      {...rest}
      {...(refusal === undefined ? {} : { disabled: true, title: refusal })}
    >
      {icon && <Icon name={icon} className="-ml-0.5" />}
      {children}
    </button>
  );
}

/** Goes somewhere, beside buttons that do something. */
export function ButtonLink({
  icon,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { icon?: IconName }): ReactNode {
  return (
    <a className={`${shape} ${looks.ghost}`} {...rest}>
      {icon && <Icon name={icon} className="-ml-0.5" />}
      {children}
    </a>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  label: string;
  /** as a `Button`'s */
  needs?: "editor" | "owner";
  ref?: Ref<HTMLButtonElement>;
}

/** A square button; its label is its name and its tooltip. */
export function IconButton({ icon, label, className = "", needs, ...rest }: IconButtonProps): ReactNode {
  const refusal = useRefusal(needs);
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`${square} disabled:opacity-50 ${className}`}
      {...rest}
      {...(refusal === undefined ? {} : { disabled: true, title: `${label}\n${refusal}` })}
    >
      <Icon name={icon} />
    </button>
  );
}

interface IconLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  icon: IconName;
  label: string;
}

/** As `IconButton`, for what has an address: a download. */
export function IconLink({ icon, label, ...rest }: IconLinkProps): ReactNode {
  return (
    <a aria-label={label} title={label} className={square} {...rest}>
      <Icon name={icon} />
    </a>
  );
}
