"use client";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, MouseEvent, ReactNode, Ref } from "react";
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

/** A press does nothing: neither its own thing nor the form's. */
const inert = {
  "aria-disabled": true,
  onClick: (event: MouseEvent): void => event.preventDefault(),
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof looks;
  icon?: IconName;
  /** who is less in the workspace finds it disabled, with the reason */
  needs?: "editor" | "owner";
  ref?: Ref<HTMLButtonElement>;
}

/** While it is disabled it can still have the focus: one that is pressed and then busy would let go of it otherwise. */
export function Button({
  look = "secondary",
  icon,
  children,
  className = "",
  needs,
  disabled = false,
  ...rest
}: ButtonProps): ReactNode {
  const refusal = useRefusal(needs);
  return (
    <button
      type="button"
      className={`${shape} aria-disabled:opacity-60 ${looks[look]} ${className}`}
      {...rest}
      {...(disabled || refusal !== undefined ? inert : {})}
      {...(refusal === undefined ? {} : { title: refusal })}
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

/** A square button; its label is its name and its tooltip. Disabled it is as a `Button`. */
export function IconButton({
  icon,
  label,
  className = "",
  needs,
  disabled = false,
  ...rest
}: IconButtonProps): ReactNode {
  const refusal = useRefusal(needs);
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`${square} aria-disabled:opacity-50 ${className}`}
      {...rest}
      {...(disabled || refusal !== undefined ? inert : {})}
      {...(refusal === undefined ? {} : { title: `${label}\n${refusal}` })}
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
