"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { composeCommand } from "./compose-file.ts";

const words = messages.running;

interface ComposeBarProps {
  path: string;
  paths: readonly string[];
  onChoose: (path: string) => void;
}

/** Which file, and what is done with it: by the docker command in the learner's own terminal. */
export function ComposeBar({ path, paths, onChoose }: ComposeBarProps): ReactNode {
  const { containers, terminals } = useWorkspace();
  const type = async (command: string): Promise<void> => {
    await containers.removals.settle();
    await terminals.type("docker compose", `${composeCommand(path, command)}\n`);
  };
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-1 border-b border-line px-2 py-1">
      <select
        aria-label={words.compose.file}
        value={path}
        onChange={(event) => onChoose(event.currentTarget.value)}
        className="mr-auto h-6 min-w-0 rounded-md border border-line bg-ground px-1 font-mono text-xs"
      >
        {paths.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <Button
        look="primary"
        icon="play"
        needs="editor"
        className="h-6 text-xs"
        onClick={() => void type("up -d --build")}
      >
        {words.compose.up}
      </Button>
      <Button icon="stop" needs="editor" className="h-6 text-xs" onClick={() => void type("down")}>
        {words.compose.down}
      </Button>
    </div>
  );
}
