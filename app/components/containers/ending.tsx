import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";

const text = messages.containers.endings;
const codes: Readonly<Record<number, string | undefined>> = text.codes;

/** How it ended, in few words. */
export function endingText({ ending, exitCode }: Pick<ContainerView, "ending" | "exitCode">): string {
  if (ending === "stopped") return messages.containers.stopped;
  if (ending === "out-of-memory") return messages.containers.outOfMemory;
  return exitCode === undefined ? messages.containers.state.exited : messages.containers.exited({ code: exitCode });
}

/** What an exit code says, and whether it is bad news: one that was asked for is none. */
export function Ending({ container }: { container: ContainerView }): ReactNode {
  const { state, ending, exitCode } = container;
  const explained = state === "exited" && exitCode !== undefined ? explain(ending, exitCode) : undefined;
  if (explained === undefined) return null;
  return (
    <p
      data-testid="ending"
      className={`px-3 py-1.5 text-xs text-pretty ${ending === "stopped" ? "text-ink-soft" : "text-bad"}`}
    >
      {explained}
    </p>
  );
}

function explain(ending: ContainerView["ending"], exitCode: number): string | undefined {
  if (ending === "out-of-memory") return text.outOfMemory({ code: exitCode });
  if (ending !== "stopped") return codes[exitCode];
  if (exitCode === 0) return undefined;
  return exitCode === 137 ? text.killed : exitCode === 143 ? text.terminated : text.stopped({ code: exitCode });
}
