import type { FileEntry } from "#contract/extension-api.ts";
import { errorText, isPassing } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { persistently } from "../../lib/persistently.ts";
import type { Notices } from "../ui/notices.tsx";
import { mostBytes, mostEntries } from "./deleted-files.ts";

const largest = 32 * 1024 * 1024;

/** A file from the learner's machine with its place in what was dropped. */
export interface UploadFile {
  path: string;
  file: File;
}

/** What a file held that another one has replaced. */
interface Replaced {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
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

interface Destination {
  api: WorkspaceApi;
  notices: Notices;
  /** what is there already */
  entries: readonly FileEntry[];
}

/** Puts the files into a directory of the workspace ("" is its top). Says what could not be done, and goes on. */
export async function upload(to: Destination, directory: string, files: UploadFile[]): Promise<void> {
  const { api, notices } = to;
  const made = new Set<string>();
  const replaced: Replaced[] = [];
  let done = 0;
  for (const [index, { path, file }] of files.entries()) {
    const target = directory === "" ? path : `${directory}/${path}`;
    if (file.size > largest) {
      notices.show("error", messages.files.tooBig({ name: file.name, limit: size(largest) }));
      continue;
    }
    try {
      const parts = target.split("/").slice(0, -1);
      for (let length = directory === "" ? 1 : directory.split("/").length + 1; length <= parts.length; length++) {
        const parent = parts.slice(0, length).join("/");
        if (!made.has(parent)) await whileAway(() => api.makeDirectory(parent));
        made.add(parent);
      }
      const before = await held(to, target, replaced);
      await whileAway(() => api.writeFile(target, file));
      if (before === undefined) done++;
      else replaced.push(before);
    } catch (error) {
      notices.show("error", `${target}: ${errorText(error)}`);
      if (isPassing(error)) {
        notices.show("error", messages.files.notUploaded({ count: files.length - index }));
        break;
      }
    }
  }
  if (done > 0) notices.show("done", messages.files.uploaded({ count: done }));
  if (replaced.length > 0) tellReplaced(to, messages.files.replaced({ count: replaced.length }), replaced);
}

/** Puts what is in a file of the learner's machine into one of the workspace, whatever the two are called. */
export async function replaceFile(to: Destination, path: string, file: File): Promise<void> {
  const { api, notices } = to;
  if (file.size > largest) {
    notices.show("error", messages.files.tooBig({ name: file.name, limit: size(largest) }));
    return;
  }
  try {
    const before = await held(to, path, []);
    await whileAway(() => api.writeFile(path, file));
    tellReplaced(to, messages.editor.replaced({ name: path }), before === undefined ? [] : [before]);
  } catch (error) {
    notices.show("error", `${path}: ${errorText(error)}`);
  }
}

/** Of the file that is there, as long as all that is kept is not too much. */
async function held(
  { api, entries }: Destination,
  path: string,
  others: readonly Replaced[],
): Promise<Replaced | undefined> {
  const there = entries.find((entry) => entry.path === path && entry.kind === "file");
  const kept = others.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (there === undefined || kept + there.size > mostBytes) return undefined;
  return { path, bytes: (await whileAway(() => api.readFile(path))).bytes };
}

function tellReplaced(
  { api, notices }: Omit<Destination, "entries">,
  text: string,
  replaced: readonly Replaced[],
): void {
  const putBack = async (): Promise<void> => {
    for (const { path, bytes } of replaced) await api.writeFile(path, new Blob([bytes]));
  };
  const act = (): void => void putBack().catch((error: unknown) => notices.show("error", errorText(error)));
  notices.show("done", text, replaced.length === 0 ? undefined : { label: messages.actions.undo, act });
}

/**
 * Unpacks a tar into the workspace. It is taken in whole or not at all, so sending it again does no harm. What it replaced
 * can be put back, if all of that was kept.
 */
export async function unpack({ api, notices }: Omit<Destination, "entries">, tar: Blob): Promise<void> {
  const before = await whileAway(() => api.files());
  const kept = await keep(api, before);
  const { files } = await whileAway(() => api.unpackTar(tar));
  const versions = new Map((await whileAway(() => api.files())).map(({ path, version }) => [path, version]));
  const replaced = before.filter(({ path, kind, version }) => kind !== "directory" && versions.get(path) !== version);
  const added = files - replaced.length;
  if (added > 0) notices.show("done", messages.files.uploaded({ count: added }));
  if (replaced.length === 0) return;
  const back = replaced.flatMap(({ path }) => kept.get(path) ?? []);
  const text = messages.files.replaced({ count: replaced.length });
  tellReplaced({ api, notices }, text, back.length === replaced.length ? back : []);
}

/** What the files hold, if that is not too much. */
async function keep(api: WorkspaceApi, entries: readonly FileEntry[]): Promise<Map<string, Replaced>> {
  const files = entries.filter(({ kind }) => kind === "file");
  const kept = new Map<string, Replaced>();
  if (files.length > mostEntries || files.reduce((sum, { size }) => sum + size, 0) > mostBytes) return kept;
  for (const { path } of files) {
    // One that cannot be read (its name may be no UTF-8) is in nobody's way here.
    const bytes = await api.readFile(path).then(
      (file) => file.bytes,
      () => undefined,
    );
    if (bytes !== undefined) kept.set(path, { path, bytes });
  }
  return kept;
}

/** The server may be restarting: what was to be sent is sent again until it is back, for two minutes. Milliseconds. */
const pauses = [500, 1000, 2000, ...Array.from({ length: 40 }, () => 3000)];

function whileAway<Result>(send: () => Promise<Result>): Promise<Result> {
  return persistently(send, pauses, isPassing);
}
