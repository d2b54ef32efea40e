"use client";
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button } from "../ui/button.tsx";
import { useFileText } from "../files/use-file-text.ts";
import { Empty } from "../ui/empty.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ComposeBar } from "./compose-bar.tsx";
import { exampleComposeFile, exampleComposeName, findComposeFiles, readComposeFile } from "./compose-file.ts";
import { ComposeProblems } from "./compose-problem-list.tsx";
import { ComposeServices } from "./compose-services.tsx";

const words = messages.running;

/** The Compose files of the workspace: their services, up and down. */
export function ComposeView(): ReactNode {
  const { files, documents } = useWorkspace();
  const entries = useStore(files.entries);
  const paths = findComposeFiles((entries ?? []).filter(({ kind }) => kind === "file").map(({ path }) => path));
  const [chosen, setChosen] = useState<string>();
  const path = paths.find((each) => each === chosen) ?? paths[0];
  const { text, failure } = useFileText(path);
  const { services, problems } = useMemo(
    () => readComposeFile(text ?? "", { path: path ?? "", entries: entries ?? [] }),
    [text, path, entries],
  );
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
      {text !== undefined && <ComposeProblems path={path} problems={problems} />}
      <ComposeServices path={path} services={services} />
    </section>
  );
}
