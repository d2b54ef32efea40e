"use client";
import { DropdownMenu } from "radix-ui";
import { useLayoutEffect, useRef } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Icon } from "./icons.tsx";
import type { IconName } from "./icons.tsx";
import { useRefusal } from "./role.ts";

export interface MenuItem {
  label: string;
  /** of the label, if it is not the page's */
  language?: string;
  /** where label and detail do not tell it from the others */
  key?: string;
  icon?: IconName;
  /** beneath the label, faint */
  detail?: string;
  danger?: boolean;
  checked?: boolean;
  /** as a `Button`'s */
  needs?: "editor" | "owner";
  onSelect: () => void;
}

/** Items with a line before them, and with a title of their own if they have one. */
export type MenuGroup = MenuItem[] | { title: string; items: MenuItem[] };

interface MenuProps {
  /** the button that opens it */
  trigger: ReactNode;
  groups: MenuGroup[];
  title?: string;
  note?: string;
  align?: "start" | "end";
  /** for who keeps it; else it opens and closes by itself */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

export function Menu({ trigger, groups, title, note, align = "end", ...kept }: MenuProps): ReactNode {
  const content = useRef<HTMLDivElement>(null);
  const keeping = useRef(false);
  // What had the focus may have gone from the open menu, which has become another: the menu itself has it then, and none
  // of its items, so that no key does what nobody meant.
  useLayoutEffect(() => {
    if (document.activeElement !== document.body) return;
    keeping.current = true;
    content.current?.focus();
    keeping.current = false;
  });
  return (
    <DropdownMenu.Root modal={false} {...kept}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        {/* It is outside of all landmarks otherwise. */}
        <section aria-label={messages.actions.menu}>
          <DropdownMenu.Content
            ref={content}
            onFocus={(event) => keeping.current && event.preventDefault()}
            align={align}
            sideOffset={4}
            collisionPadding={8}
            className="rise z-50 max-h-[70vh] max-w-xs min-w-44 overflow-y-auto rounded-lg border border-line bg-panel p-1 shadow-float"
          >
            {title && <DropdownMenu.Label className="px-2 py-1 text-xs text-ink-faint">{title}</DropdownMenu.Label>}
            {groups
              .map((group) => (Array.isArray(group) ? { title: undefined, items: group } : group))
              .filter(({ items }) => items.length > 0)
              .map(({ title: heading, items }, index) => (
                <DropdownMenu.Group key={index}>
                  {index > 0 && <DropdownMenu.Separator className="mx-1 my-1 h-px bg-line" />}
                  {heading && (
                    <DropdownMenu.Label className="px-2 py-1 text-xs text-ink-faint">{heading}</DropdownMenu.Label>
                  )}
                  {items.map((item) => (
                    <Item key={item.key ?? item.label + (item.detail ?? "")} item={item} />
                  ))}
                </DropdownMenu.Group>
              ))}
            {note && <p className="mt-1 border-t border-line px-2 pt-1.5 pb-1 text-xs text-ink-faint">{note}</p>}
          </DropdownMenu.Content>
        </section>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ item }: { item: MenuItem }): ReactNode {
  const refusal = useRefusal(item.needs);
  return (
    <DropdownMenu.Item
      disabled={refusal !== undefined}
      title={refusal}
      onSelect={item.onSelect}
      aria-current={item.checked === true ? "true" : undefined}
      className={`flex items-center gap-2 rounded-md px-2 py-1 outline-none data-disabled:opacity-60 data-highlighted:bg-raised ${item.danger ? "text-bad" : "text-ink"}`}
    >
      {item.icon && <Icon name={item.icon} className={item.danger ? "" : "text-ink-faint"} />}
      <span className="min-w-0 flex-1">
        <span className="block truncate" lang={item.language}>
          {item.label}
        </span>
        {item.detail && <span className="line-clamp-2 text-xs break-words text-ink-faint">{item.detail}</span>}
      </span>
      {item.checked && <Icon name="check" className="text-accent" />}
    </DropdownMenu.Item>
  );
}
