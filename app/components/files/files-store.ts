import type { FileEntry } from "#contract/extension-api.ts";
import { errorText } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import type { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import type { Notices } from "../ui/notices.tsx";
import { restorable } from "./deleted-files.ts";

const settle = 120;

/** What a deleted file held; a directory has no bytes. */
interface Kept {
  path: string;
  bytes?: Uint8Array<ArrayBuffer>;
}

/** The workspace's files as the engine lists them, kept up to date. */
export class FilesStore {
  /** what the tree is asked for from elsewhere: a new one, which is named there, or files to send */
  readonly wish = new Store<"file" | "directory" | "upload" | "unpack" | undefined>(undefined);
  /** undefined until they were listed first */
  readonly entries = new Store<FileEntry[] | undefined>(undefined);
  readonly #api: WorkspaceApi;
  readonly #notices: Notices;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = 0;
  #latest: Promise<void> = Promise.resolve();

  constructor(api: WorkspaceApi, notices: Notices) {
    this.#api = api;
    this.#notices = notices;
  }

  /** Lists now, and after every change told on the connection. */
  follow(connection: Connection): () => void {
    const stop = connection.follow({ kind: "files", position: 0 }, { onData: () => this.refreshSoon() });
    // While the connection was away changes went by unseen.
    const unsubscribe = connection.state.subscribe(() => {
      if (connection.state.value.connected && connection.state.value.engineUp) this.refreshSoon();
    });
    this.refreshSoon();
    return () => {
      stop();
      unsubscribe();
      clearTimeout(this.#timer);
    };
  }

  refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), settle);
  }

  /** Resolves when `entries` is at least as new as this call. */
  refresh(): Promise<void> {
    this.#latest = this.#list(++this.#wanted);
    return this.#latest;
  }

  async #list(turn: number): Promise<void> {
    try {
      const entries = await this.#api.files();
      if (turn === this.#wanted) this.entries.set(entries);
      else await this.#latest;
    } catch {
      // The banner tells of a lost connection; listing goes on as soon as it is back.
      if (turn === this.#wanted) this.#timer = setTimeout(() => void this.refresh(), 2000);
    }
  }

  /** Makes an empty file or a directory; false when it could not be made. */
  create(path: string, kind: "file" | "directory"): Promise<boolean> {
    if (this.entries.value?.some((entry) => entry.path === path)) {
      this.#notices.show("error", messages.files.exists({ name: path }));
      return Promise.resolve(false);
    }
    return this.#attempt(() => (kind === "file" ? this.#api.writeFile(path, "") : this.#api.makeDirectory(path)));
  }

  /** Writes a file, whatever is there; false when it could not be written. */
  write(path: string, text: string): Promise<boolean> {
    return this.#attempt(() => this.#api.writeFile(path, text));
  }

  /** `renamed` is called before the list shows it: what is open under the old name is not lost then. */
  async rename(from: string, to: string, { renamed, undo }: { renamed: () => void; undo: () => void }): Promise<void> {
    const isDone = await this.#attempt(async () => {
      await this.#api.renameFile(from, to);
      renamed();
    });
    if (!isDone) return;
    this.#notices.show("done", messages.files.renamed({ from, to }), { label: messages.actions.undo, act: undo });
  }

  /** Where it can be brought back, the notice that tells of it does so. */
  async remove(path: string): Promise<boolean> {
    const kept = await this.#read(restorable(this.entries.value ?? [], path));
    if (!(await this.#attempt(() => this.#api.removeFile(path)))) return false;
    if (kept !== undefined) {
      const undo = { label: messages.actions.undo, act: () => void this.#attempt(() => this.#restore(kept)) };
      this.#notices.show("done", messages.files.deleted({ name: path }), undo);
    }
    return true;
  }

  /** Directories without content. Undefined: one of them cannot be read. */
  async #read(entries: readonly FileEntry[] | undefined): Promise<Kept[] | undefined> {
    const kept: Kept[] = [];
    try {
      for (const { path, kind } of entries ?? []) {
        kept.push(kind === "file" ? { path, bytes: (await this.#api.readFile(path)).bytes } : { path });
      }
    } catch {
      // It may be gone already: deleting it tells.
      return undefined;
    }
    return entries && kept;
  }

  async #restore(kept: readonly Kept[]): Promise<void> {
    for (const { path, bytes } of kept) {
      if (bytes === undefined) await this.#api.makeDirectory(path);
      else await this.#api.writeFile(path, new Blob([bytes]));
    }
  }

  async #attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      await this.refresh();
      return true;
    } catch (error) {
      this.#notices.show("error", errorText(error));
      return false;
    }
  }
}
