import { ApiError, errorText } from "../../lib/api.ts";
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
  const before = await held(details, container, path);
  await details.writeFile(container, path, content);
  written(content);
  if (before === undefined) return void notices.show("done", said);
  const act = (): void => {
    writeContainerFile(details, notices, { ...file, content: before }).catch((error: unknown) =>
      notices.show("error", errorText(error)),
    );
  };
  notices.show("done", said, { label: messages.actions.undo, act });
}

/** undefined: it is not there. */
async function held(
  details: Pick<ContainerDetailsApi, "readFile">,
  container: string,
  path: string,
): Promise<Blob | undefined> {
  try {
    return new Blob([await details.readFile(container, path)]);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
