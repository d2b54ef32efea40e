import { errorText, isPassing } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { persistently } from "../../lib/persistently.ts";
import type { Notices } from "../ui/notices.tsx";

const largest = 32 * 1024 * 1024;

/** A file from the learner's machine with its place in what was dropped. */
export interface UploadFile {
  path: string;
  file: File;
}

/** The files of a drop, those of dropped directories included. */
export async function droppedFiles(transfer: DataTransfer): Promise<UploadFile[]> {
  // The entries must be taken before the first wait: the browser empties the transfer then.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map((entry) => filesOf(entry, "")))).flat();
}

async function filesOf(entry: FileSystemEntry, above: string): Promise<UploadFile[]> {
  const path = above === "" ? entry.name : `${above}/${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: UploadFile[] = [];
  for (;;) {
    // A reader gives a hundred at a time, and none at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    for (const each of batch) found.push(...(await filesOf(each, path)));
  }
}

/** Puts the files into a directory of the workspace ("" is its top). Says what could not be done, and goes on. */
export async function upload(
  api: WorkspaceApi,
  notices: Notices,
  directory: string,
  files: UploadFile[],
): Promise<void> {
  const made = new Set<string>();
  let done = 0;
  for (const [index, { path, file }] of files.entries()) {
    const target = directory === "" ? path : `${directory}/${path}`;
    if (file.size > largest) {
      notices.show("error", messages.files.tooBig({ name: file.name }));
      continue;
    }
    try {
      const parts = target.split("/").slice(0, -1);
      for (let length = directory === "" ? 1 : directory.split("/").length + 1; length <= parts.length; length++) {
        const parent = parts.slice(0, length).join("/");
        if (!made.has(parent)) await whileAway(() => api.makeDirectory(parent));
        made.add(parent);
      }
      await whileAway(() => api.writeFile(target, file));
      done++;
    } catch (error) {
      notices.show("error", `${target}: ${errorText(error)}`);
      if (isPassing(error)) {
        notices.show("error", messages.files.notUploaded({ count: files.length - index }));
        break;
      }
    }
  }
  if (done > 0) notices.show("done", messages.files.uploaded({ count: done }));
}

/** Puts what is in a file of the learner's machine into one of the workspace, whatever the two are called. */
export async function replaceFile(api: WorkspaceApi, notices: Notices, path: string, file: File): Promise<void> {
  if (file.size > largest) {
    notices.show("error", messages.files.tooBig({ name: file.name }));
    return;
  }
  try {
    await whileAway(() => api.writeFile(path, file));
    notices.show("done", messages.editor.replaced({ name: path }));
  } catch (error) {
    notices.show("error", `${path}: ${errorText(error)}`);
  }
}

/** A tar is taken in whole or not at all, so sending it again does no harm. */
export function uploadTar(api: WorkspaceApi, tar: Blob): Promise<{ files: number }> {
  return whileAway(() => api.unpackTar(tar));
}

/** The server may be restarting: what was to be sent is sent again until it is back, for two minutes. Milliseconds. */
const pauses = [500, 1000, 2000, ...Array.from({ length: 40 }, () => 3000)];

function whileAway<Result>(send: () => Promise<Result>): Promise<Result> {
  return persistently(send, pauses, isPassing);
}
