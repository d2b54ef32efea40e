"use client";
import type { ReactNode } from "react";
import { allows } from "#contract/together.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/**
 * Of a terminal that several people see: who has its keyboard, and how another one gets it. Before it, as Tab in it goes to
 * the program.
 */
export function KeyboardBar({ terminal }: { terminal: string }): ReactNode {
  const { together, view } = useWorkspace();
  const { role } = useStore(view);
  const writer = useStore(together.writers).find((each) => each.terminal === terminal);
  useStore(together.people);
  const text = messages.together.keyboard;
  const mine = writer?.writer === together.member;
  const [asking] = writer?.asking ?? [];
  const asked = writer?.asking.includes(together.member) === true;
  const isQuiet = writer === undefined || (mine && asking === undefined);
  return (
    <div role="status" data-testid="keyboard">
      {!isQuiet && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-line bg-panel px-2 py-1 text-xs shadow-float">
          <span className="mr-auto">
            {mine && asking !== undefined
              ? text.wanted({ name: together.nameOfMember(asking) })
              : asked
                ? text.asked
                : text.has({ name: together.nameOfMember(writer.writer) })}
          </span>
          {mine && asking !== undefined && (
            <>
              <Button look="primary" onClick={() => together.give(terminal, asking)}>
                {text.give}
              </Button>
              <Button onClick={() => together.give(terminal, null)}>{text.keep}</Button>
            </>
          )}
          {!mine && !asked && allows(role, "editor") && (
            <Button onClick={() => together.askFor(terminal)}>{role === "owner" ? text.take : text.ask}</Button>
          )}
        </div>
      )}
    </div>
  );
}
