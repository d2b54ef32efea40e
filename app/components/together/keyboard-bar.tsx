"use client";
import type { ReactNode } from "react";
import { allows } from "#contract/together.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/**
 * Above a terminal, for as long as there are others who see it: who has its keyboard, and how another one gets it. It is
 * there for everybody, that all have as many lines, and is before the terminal, as Tab in it goes to the program.
 */
export function KeyboardBar({ terminal }: { terminal: string }): ReactNode {
  const { together, view } = useWorkspace();
  const { role } = useStore(view);
  const writer = useStore(together.writers).find((each) => each.terminal === terminal);
  const isShared = useStore(together.people).some(({ member }) => member !== together.member);
  const text = messages.together.keyboard;
  const mine = writer?.writer === together.member;
  const [asking] = writer?.asking ?? [];
  const asked = writer?.asking.includes(together.member) === true;
  const says = (): string => {
    if (writer === undefined) return text.free;
    if (!mine) return asked ? text.asked : text.has({ name: together.nameOfMember(writer.writer) });
    return asking === undefined ? text.yours : text.wanted({ name: together.nameOfMember(asking) });
  };
  return (
    <div role="status" data-testid="keyboard" className="shrink-0">
      {isShared && (
        <div className="flex min-h-8 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-panel px-3 py-0.5 text-xs">
          <span className="mr-auto">{says()}</span>
          {mine && asking !== undefined && (
            <>
              <Button look="primary" onClick={() => together.give(terminal, asking)}>
                {text.give}
              </Button>
              <Button onClick={() => together.give(terminal, null)}>{text.keep}</Button>
            </>
          )}
          {writer !== undefined && !mine && !asked && allows(role, "editor") && (
            <Button onClick={() => together.askFor(terminal)}>{role === "owner" ? text.take : text.ask}</Button>
          )}
        </div>
      )}
    </div>
  );
}
