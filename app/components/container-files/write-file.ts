import { errorText, ifThere } from "../../lib/api.ts";
import type { ContainerDetailsApi } from "../../lib/container-details-api.ts";
import { messages } from "../../lib/messages.ts";
import type { Notices } from "../ui/notices.tsx";

interface FileToWrite {
  /** id */
  container: string;
  path: string;
  content: Blob;
  /** when it is done */
  said: string;
  /** what the file holds from now on */
  written: (content: Blob) => void;
}

/** Writes a file of a container. What it held before comes back at a press of Undo, which can be undone in its turn. */
export async function writeContainerFile(
  details: Pick<ContainerDetailsApi, "readFile" | "writeFile">,
  notices: Pick<Notices, "show">,
  file: FileToWrite,
): Promise<void> {
  const { container, path, content, said, written } = file;
  // As it is now: its program may have written it since it was shown.
  const held = await ifThere(details.readFile(container, path));
  await details.writeFile(container, path, content);
  written(content);
  if (held === undefined) return void notices.show("done", said);
  const act = (): void => {
    writeContainerFile(details, notices, { ...file, content: new Blob([held]) }).catch((error: unknown) =>
      notices.show("error", errorText(error)),
    );
  };
  notices.show("done", said, { label: messages.actions.undo, act });
}
