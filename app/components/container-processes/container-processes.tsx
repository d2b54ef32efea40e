"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ContainerProcesses as Processes } from "#contract/container-views.ts";
import type { ContainerView } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { ColumnHead } from "../ui/column-head.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const words = messages.running;

/** How often they are asked for while they are in sight, ms. */
const interval = 2500;

/** What runs in a container, as `docker top` tells it. */
export function ContainerProcesses({ container }: { container: ContainerView }): ReactNode {
  const { api } = useWorkspace();
  const isRunning = container.state === "running" || container.state === "paused";
  const [answer, setAnswer] = useState<Processes>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (!isRunning) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    let again = false;
    const look = async (): Promise<void> => {
      try {
        const processes = document.hidden ? undefined : await api.details.processes(container.id, again);
        again = true;
        if (gone) return;
        if (processes !== undefined) setAnswer(processes);
        setFailure(undefined);
      } catch (error) {
        if (gone) return;
        setFailure(errorText(error));
      }
      timer = setTimeout(() => void look(), interval);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [api, container.id, isRunning]);

  if (!isRunning) return <p className="p-3 text-xs text-ink-faint">{words.details.notRunning}</p>;
  if (failure !== undefined) return <p className="p-3 text-xs text-bad">{failure}</p>;
  if (answer === undefined) return <p className="p-3 text-xs text-ink-faint">{words.details.loading}</p>;
  return (
    <div
      role="region"
      aria-label={words.processes.label(container)}
      // A scrolling region must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      data-scrolls="process-list"
      className="@container h-full overflow-auto"
    >
      <table className="w-full border-collapse text-left font-mono text-xs" data-testid="processes">
        <thead>
          <tr>
            {answer.titles.map((title) => (
              <ColumnHead key={title} className={placeOf(title)}>
                {title}
              </ColumnHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.processes.map((row) => (
            <tr key={row[0]} className="border-t border-line">
              {row.map((cell, index) => (
                <td key={index} className={`px-2 py-0.5 ${placeOf(answer.titles[index])}`}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="p-2 text-2xs text-ink-faint">{words.processes.note}</p>
    </div>
  );
}

/** What a column of `ps` is good for where there is little room: first of all the command, which takes more lines. */
const places: Readonly<Record<string, string>> = {
  PPID: "whitespace-pre @max-2xl:hidden",
  STAT: "whitespace-pre @max-2xl:hidden",
  TIME: "whitespace-pre @max-2xl:hidden",
  "%CPU": "whitespace-pre @max-sm:hidden",
  COMMAND: "w-full wrap-anywhere whitespace-pre-wrap",
};

function placeOf(title = ""): string {
  return `align-top ${places[title] ?? "whitespace-pre"}`;
}
