"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { LineLink } from "../build/line-link.tsx";
import { Icon } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import type { ComposeProblem } from "./compose-problems.ts";

const words = messages.running.compose;

interface ComposeProblemsProps {
  path: string;
  problems: readonly ComposeProblem[];
}

/** What is wrong with the file, before Up says it in the terminal. */
export function ComposeProblems({ path, problems }: ComposeProblemsProps): ReactNode {
  const { builds } = useWorkspace();
  return (
    <div role="status">
      {problems.length > 0 && (
        <ul
          aria-label={words.problems.label}
          data-testid="compose-problems"
          className="max-h-32 overflow-y-auto border-b border-line px-3 py-1.5 text-xs"
        >
          {problems.map(({ message, line }, index) => (
            <li key={index} className="flex gap-1.5 py-1">
              <Icon name="warn" className="mt-0.5 size-3.5 text-bad" />
              <span className="min-w-0 flex-1 break-words">{message}</span>
              <LineLink line={line} onReveal={(to) => builds.revealIn(path, to)} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
