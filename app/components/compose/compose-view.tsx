"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Empty } from "../ui/empty.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ComposeBar } from "./compose-bar.tsx";
import { findComposeFiles } from "./compose-file.ts";
import { ComposeServices } from "./compose-services.tsx";
import { useServices } from "./use-services.ts";

const words = messages.running;

/** The Compose files of the workspace: their services, up and down. */
export function ComposeView(): ReactNode {
  const { files } = useWorkspace();
  const entries = useStore(files.entries);
  const paths = findComposeFiles((entries ?? []).filter(({ kind }) => kind === "file").map(({ path }) => path));
  const [chosen, setChosen] = useState<string>();
  const path = paths.find((each) => each === chosen) ?? paths[0];
  const version = entries?.find((entry) => entry.path === path)?.version;
  const { services, failure } = useServices(path, version);
  if (path === undefined) {
    return <Empty icon="layers" title={words.compose.none} text={words.compose.empty} />;
  }
  return (
    <section aria-label={words.views.compose} data-testid="compose" className="flex h-full min-h-0 flex-col">
      <ComposeBar path={path} paths={paths} onChoose={setChosen} />
      {failure !== undefined && (
        <p role="alert" className="border-b border-line px-3 py-1.5 text-xs break-words text-bad">
          {words.compose.unreadable({ path })} {failure}
        </p>
      )}
      <ComposeServices path={path} services={services} />
    </section>
  );
}
