"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Store, useStore } from "../../lib/store.ts";
import { Button, IconButton } from "./button.tsx";
import { Icon } from "./icons.tsx";

const looks = {
  error: { icon: "warn", className: "text-bad" },
  note: { icon: "bulb", className: "text-ink-soft" },
  done: { icon: "check", className: "text-good" },
} as const;

export interface Notice {
  id: number;
  kind: "error" | "note" | "done";
  text: string;
  action?: NoticeAction | undefined;
}

/** What can be done about it at once. */
interface NoticeAction {
  label: string;
  act: () => void;
}

/** Short words about what was done or went wrong; they go by themselves, errors later. */
export class Notices {
  readonly store = new Store<Notice[]>([]);
  #counter = 0;

  /** Its id, for who dismisses it. */
  show(kind: Notice["kind"], text: string, action?: NoticeAction): number {
    const notice = { id: ++this.#counter, kind, text, action };
    // The same words once are enough; but of two things of one name that are put off each can be taken back.
    const isSame = (each: Notice): boolean => each.text === text && !(kind === "note" && action);
    this.store.update((all) => [...all.filter((each) => !isSame(each)), notice].slice(-4));
    const time = action ? 20_000 : kind === "error" ? 12_000 : 3500;
    setTimeout(() => this.dismiss(notice.id), time);
    return notice.id;
  }

  dismiss(id: number): void {
    this.store.update((all) => all.filter((notice) => notice.id !== id));
  }
}

export function NoticeList({ notices }: { notices: Notices }): ReactNode {
  const all = useStore(notices.store);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-4 z-50 flex flex-col items-center gap-2 max-[900px]:bottom-16"
    >
      {all.map((notice) => (
        <div
          key={notice.id}
          data-testid="notice"
          className="rise pointer-events-auto flex max-w-lg items-start gap-2 rounded-lg border border-line bg-panel py-2 pr-2 pl-3 shadow-float"
        >
          <Icon name={looks[notice.kind].icon} className={`mt-0.5 ${looks[notice.kind].className}`} />
          <span className="min-w-0 break-words">{notice.text}</span>
          {notice.action && (
            <Button
              look="ghost"
              className="-my-1"
              onClick={() => {
                notice.action?.act();
                notices.dismiss(notice.id);
              }}
            >
              {notice.action.label}
            </Button>
          )}
          <IconButton
            icon="close"
            label={messages.actions.dismiss}
            className="-my-0.5"
            onClick={() => notices.dismiss(notice.id)}
          />
        </div>
      ))}
    </div>
  );
}
