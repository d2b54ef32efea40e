"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ComposeBar } from "./compose-bar.tsx";
import { exampleComposeFile, exampleComposeName, findComposeFiles } from "./compose-file.ts";
import { ComposeServices } from "./compose-services.tsx";
import { useServices } from "./use-services.ts";

const words = messages.running;

/** The Compose files of the workspace: their services, up and down. */
export function ComposeView(): ReactNode {
  const { files, documents } = useWorkspace();
  const entries = useStore(files.entries);
  const paths = findComposeFiles((entries ?? []).filter(({ kind }) => kind === "file").map(({ path }) => path));
  const [chosen, setChosen] = useState<string>();
  const path = paths.find((each) => each === chosen) ?? paths[0];
  const version = entries?.find((entry) => entry.path === path)?.version;
  const { services, failure } = useServices(path, version);
  const writeExample = async (): Promise<void> => {
    if (await files.write(exampleComposeName, exampleComposeFile(words.compose.comments))) {
      await documents.show(exampleComposeName);
    }
  };
  if (path === undefined) {
    return (
      <Empty icon="layers" title={words.compose.none} text={words.compose.empty}>
        <Button icon="filePlus" needs="editor" onClick={() => void writeExample()}>
          {words.compose.write}
        </Button>
      </Empty>
    );
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
