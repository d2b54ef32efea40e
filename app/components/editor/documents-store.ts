import type { FileEntry } from "#contract/extension-api.ts";
import { ApiError, errorText, isPassing } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { Store } from "../../lib/store.ts";
import type { FilesStore } from "../files/files-store.ts";
import { firstToRead } from "../files/file-tree-model.ts";
import type { Notices } from "../ui/notices.tsx";
import { decodeText, TextDocument } from "./text-document.ts";

const pause = 400;
const retryPause = 3000;

/** The files open in the editor. They are saved by themselves, and follow what happens to them elsewhere. */
export class DocumentsStore {
  /** in the order of their tabs */
  readonly open = new Store<readonly TextDocument[]>([]);
  readonly active = new Store<string | undefined>(undefined);
  /** an action of Monaco's that the editor should do, by its id */
  readonly action = new Store<string | undefined>(undefined);
  readonly #api: WorkspaceApi;
  readonly #files: FilesStore;
  readonly #notices: Notices;
  readonly #timers = new Map<TextDocument, ReturnType<typeof setTimeout>>();
  readonly #saving = new Map<TextDocument, Promise<void>>();
  readonly #memory: string;

  constructor(workspace: string, api: WorkspaceApi, files: FilesStore, notices: Notices) {
    this.#api = api;
    this.#files = files;
    this.#notices = notices;
    this.#memory = `drydock.open.${workspace}`;
  }

  /** Follows the list of files; opens what was open before, or the Dockerfile. */
  start(): () => void {
    const unsubscribe = this.#files.entries.subscribe(() => this.#compare(this.#files.entries.value ?? []));
    const flush = (): void => this.#saveOnLeaving();
    addEventListener("pagehide", flush);
    return () => {
      unsubscribe();
      removeEventListener("pagehide", flush);
    };
  }

  async show(path: string): Promise<void> {
    this.active.set(path);
    if (!this.open.value.some((document) => document.path === path)) {
      const document = new TextDocument(path);
      this.open.update((all) => [...all, document]);
      await this.#load(document);
    }
    this.#remember();
  }

  close(path: string): void {
    const all = this.open.value;
    const index = all.findIndex((document) => document.path === path);
    const document = all[index];
    if (document === undefined) return;
    if (document.state.value.save !== "saved") void this.save(document);
    this.open.set(all.filter((each) => each !== document));
    if (this.active.value === path) this.active.set((all[index + 1] ?? all[index - 1])?.path);
    this.#remember();
  }

  removed(path: string): void {
    for (const document of this.open.value) {
      if (document.path !== path && !document.path.startsWith(`${path}/`)) continue;
      document.change({ save: "saved", trouble: undefined });
      this.close(document.path);
    }
  }

  renamed(from: string, to: string): void {
    const moved = (path: string): string =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
    const active = this.active.value;
    const affected = this.open.value.filter((document) => moved(document.path) !== document.path);
    for (const document of affected) {
      this.removed(document.path);
      void this.show(moved(document.path));
    }
    if (active !== undefined && this.open.value.some((document) => document.path === moved(active))) {
      this.active.set(moved(active));
    }
  }

  /** The editor's text has changed. */
  edited(document: TextDocument, text: string): void {
    if (text === document.text) return;
    document.text = text;
    document.change({ save: "unsaved" });
    this.#saveSoon(document, pause);
  }

  /** Everything that is not saved yet, now: before a build. */
  async flush(): Promise<void> {
    await Promise.all(this.open.value.map((document) => this.save(document)));
  }

  async save(document: TextDocument): Promise<void> {
    clearTimeout(this.#timers.get(document));
    await this.#saving.get(document);
    if (document.state.value.save === "saved" || document.state.value.trouble !== undefined) return;
    const saving = this.#write(document);
    this.#saving.set(document, saving);
    await saving;
    this.#saving.delete(document);
  }

  /** The learner's text goes over what the file became elsewhere. */
  async keepMine(document: TextDocument): Promise<void> {
    document.version = undefined;
    document.change({ trouble: undefined, save: "unsaved" });
    await this.save(document);
  }

  async takeTheirs(document: TextDocument): Promise<void> {
    document.change({ trouble: undefined, save: "saved" });
    await this.#load(document);
  }

  async #write(document: TextDocument): Promise<void> {
    const { text } = document;
    document.change({ save: "saving" });
    document.unanswered.add(text);
    try {
      const entry = await this.#api.writeFile(document.path, text, document.version);
      this.#saved(document, text, entry.version);
    } catch (error) {
      document.change({ save: "failed" });
      if (!isPassing(error)) document.unanswered.delete(text);
      if (error instanceof ApiError && error.status === 409) return this.#settle(document);
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        this.#notices.show("error", `${document.path}: ${errorText(error)}`);
      }
      this.#saveSoon(document, retryPause);
    }
  }

  #saved(document: TextDocument, text: string, version: string): void {
    document.version = version;
    document.unanswered.clear();
    const later = document.text !== text;
    document.change({ save: later ? "unsaved" : "saved" });
    if (later) this.#saveSoon(document, pause);
  }

  /**
   * The file is at another version than the one known here. It may be our own: a save whose answer was lost, when the
   * server was killed or the network went, did arrive. Otherwise the learner has to choose.
   */
  async #settle(document: TextDocument): Promise<void> {
    try {
      const { bytes, version } = await this.#api.readFile(document.path);
      const text = decodeText(bytes);
      if (typeof text === "string" && document.unanswered.has(text)) this.#saved(document, text, version);
      else document.change({ trouble: "changed" });
    } catch {
      // Not to be known now: the next attempt to save asks again.
      this.#saveSoon(document, retryPause);
    }
  }

  async #load(document: TextDocument): Promise<void> {
    try {
      const { bytes, version } = await this.#api.readFile(document.path);
      document.version = version;
      const decoded = decodeText(bytes);
      if (typeof decoded === "string") document.replace(decoded);
      else document.change({ content: decoded.problem, save: "saved" });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        this.removed(document.path);
        return;
      }
      document.change({ content: "loading" });
      setTimeout(() => void this.#load(document), retryPause);
    }
  }

  /** Looks at the open files after the list has changed. */
  #compare(entries: FileEntry[]): void {
    this.#openFirst(entries);
    for (const document of this.open.value) {
      if (this.#saving.has(document) || document.version === undefined) continue;
      const entry = entries.find((each) => each.path === document.path);
      const clean = document.state.value.save === "saved";
      if (entry === undefined) {
        if (clean) this.removed(document.path);
        else document.change({ trouble: "gone" });
      } else if (entry.version !== document.version) {
        if (clean) void this.#load(document);
        else if (document.state.value.trouble === undefined) void this.#settle(document);
      }
    }
  }

  #openFirst(entries: FileEntry[]): void {
    if (this.active.value !== undefined || this.open.value.length > 0) return;
    const files = entries.filter((entry) => entry.kind === "file").map((entry) => entry.path);
    const before = this.#remembered();
    for (const path of before.open.filter((each) => files.includes(each))) void this.show(path);
    const first = files.includes(before.active ?? "") ? before.active : firstToRead(files);
    if (first !== undefined) void this.show(first);
  }

  #saveSoon(document: TextDocument, after: number): void {
    clearTimeout(this.#timers.get(document));
    this.#timers.set(
      document,
      setTimeout(() => void this.save(document), after),
    );
  }

  /** The page goes: the last keystrokes still reach the server, if they are small enough for that (64 kB). */
  #saveOnLeaving(): void {
    for (const document of this.open.value) {
      if (document.state.value.save === "saved" || document.state.value.trouble !== undefined) continue;
      this.#api.writeOnLeaving(document.path, document.text, document.version);
    }
  }

  #remember(): void {
    const open = this.open.value.map((document) => document.path);
    try {
      sessionStorage.setItem(this.#memory, JSON.stringify({ open, active: this.active.value }));
    } catch {
      // Without storage a reload opens the Dockerfile.
    }
  }

  #remembered(): { open: string[]; active: string | undefined } {
    try {
      const value = JSON.parse(sessionStorage.getItem(this.#memory) ?? "{}") as { open?: string[]; active?: string };
      return { open: Array.isArray(value.open) ? value.open.slice(0, 20) : [], active: value.active };
    } catch {
      return { open: [], active: undefined };
    }
  }
}
