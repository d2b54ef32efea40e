import { errorText, ifThere } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import type { DocumentsStore } from "../editor/documents-store.ts";
import type { Notices } from "../ui/notices.tsx";

interface Workspace {
  api: Pick<WorkspaceApi, "readFile" | "writeFile" | "removeFile">;
  documents: Pick<DocumentsStore, "flush" | "show">;
  notices: Pick<Notices, "show">;
}

/** Gives a file the text that it had, and shows it. The notice that tells of it takes that back: also what was typed last. */
export async function bringBack(workspace: Workspace, path: string, text: string): Promise<void> {
  const { api, documents, notices } = workspace;
  const undo = (before: Uint8Array<ArrayBuffer> | undefined) => async (): Promise<void> => {
    if (before === undefined) await api.removeFile(path);
    else await api.writeFile(path, before);
  };
  try {
    await documents.flush();
    const before = (await ifThere(api.readFile(path)))?.bytes;
    await api.writeFile(path, text);
    const act = (): void => void undo(before)().catch((error: unknown) => notices.show("error", errorText(error)));
    notices.show("done", messages.build.dockerfile.broughtBack({ path }), { label: messages.actions.undo, act });
    await documents.show(path);
  } catch (error) {
    notices.show("error", `${path}: ${errorText(error)}`);
  }
}
