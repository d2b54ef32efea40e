import type { FileEntry } from "#contract/extension-api.ts";
import type { Role } from "#contract/together.ts";
import { allows } from "#contract/together.ts";
import type { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { persistently } from "../../lib/persistently.ts";
import { Store, until } from "../../lib/store.ts";
import type { FilesStore } from "../files/files-store.ts";
import { firstToRead } from "../files/file-tree-model.ts";
import type { Notices } from "../ui/notices.tsx";
import type { HandedOver } from "./shared-text.ts";
import { TextDocument } from "./text-document.ts";

/** Yjs comes with the first document, not with the page. */
const loadSharedText = () => persistently(() => import("./shared-text.ts"));

interface DocumentsStoreParts {
  workspace: string;
  role: Role;
  connection: Connection;
  files: FilesStore;
  notices: Notices;
}

/** The files open in the editor. They are saved by themselves, and follow what happens to them elsewhere. */
export class DocumentsStore {
  /** in the order of their tabs */
  readonly open = new Store<readonly TextDocument[]>([]);
  readonly active = new Store<string | undefined>(undefined);
  /** an action of Monaco's that the editor should do, by its id */
  readonly action = new Store<string | undefined>(undefined);
  readonly mayEdit: boolean;
  readonly #parts: DocumentsStoreParts;
  /** closed before they were saved */
  readonly #lingering = new Map<string, TextDocument>();
  readonly #memory: string;

  constructor(parts: DocumentsStoreParts) {
    this.#parts = parts;
    this.mayEdit = allows(parts.role, "editor");
    this.#memory = `drydock.open.${parts.workspace}`;
  }

  /** Opens what was open before, or the Dockerfile, as soon as the files are listed. */
  start(): () => void {
    const { entries } = this.#parts.files;
    const unsubscribe = entries.subscribe(() => {
      this.#openFirst(entries.value ?? []);
      this.#lookAgain(entries.value ?? []);
    });
    return () => {
      unsubscribe();
      for (const document of [...this.open.value, ...this.#lingering.values()]) document.shared?.stop();
    };
  }

  /** Brings it to the front; resolves when its text is there. @param before what it was under its former name */
  async show(path: string, before?: HandedOver): Promise<void> {
    if (!path.isWellFormed()) {
      this.#parts.notices.show("error", messages.files.notUnicode({ name: path.toWellFormed() }));
      return;
    }
    this.active.set(path);
    if (!this.open.value.some((document) => document.path === path)) {
      const document = this.#lingering.get(path) ?? new TextDocument(path);
      this.#lingering.delete(path);
      this.open.update((all) => [...all, document]);
      this.#remember();
      if (document.shared === undefined) await this.#share(document, before);
    } else this.#remember();
  }

  close(path: string): void {
    const document = this.#take(path);
    if (document === undefined) return;
    if (document.state.value.save === "saved") document.shared?.stop();
    else this.#linger(document);
  }

  /** The files are gone: with what was not saved. */
  removed(path: string): void {
    for (const { path: each } of this.open.value) {
      if (each === path || each.startsWith(`${path}/`)) this.#take(each)?.shared?.stop();
    }
  }

  /** Gives a file or a directory another name, with what was typed last. The notice that tells of it takes it back. */
  async rename(from: string, to: string): Promise<void> {
    await this.flush();
    const undo = (): void => void this.rename(to, from);
    await this.#parts.files.rename(from, to, { renamed: () => this.renamed(from, to), undo });
  }

  renamed(from: string, to: string): void {
    const moved = (path: string): string =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
    const active = this.active.value;
    const affected = this.open.value.filter((document) => moved(document.path) !== document.path);
    for (const document of affected) {
      this.#take(document.path);
      void this.show(moved(document.path), document.shared?.handOver());
    }
    if (active !== undefined && this.open.value.some((document) => document.path === moved(active))) {
      this.active.set(moved(active));
    }
  }

  /** Everything that is not saved yet, whoever wrote it, now: before a build. Without a connection nothing can be. */
  async flush(): Promise<void> {
    // What was typed in this turn is sent at its end.
    await Promise.resolve();
    if (this.mayEdit) await this.#parts.connection.saveDocuments();
  }

  /** The learner's text goes over what the file became elsewhere. */
  keepMine(document: TextDocument): void {
    document.shared?.keepMine();
  }

  takeTheirs(document: TextDocument): void {
    document.shared?.takeTheirs();
  }

  async #share(document: TextDocument, before: HandedOver | undefined): Promise<void> {
    const { connection, files, notices } = this.#parts;
    try {
      const { SharedText } = await loadSharedText();
      // Closed while it was loaded.
      if (!this.open.value.includes(document)) return;
      document.shared = new SharedText(
        document,
        { connection, mayEdit: this.mayEdit, before },
        {
          gone: () => this.removed(document.path),
          moved: (to) => this.renamed(document.path, to),
          restore: (text) => files.write(document.path, text),
          refused: (message) => notices.show("error", `${document.path}: ${message}`),
        },
      );
      await until(document.state, ({ content }) => content !== "loading");
    } catch (error) {
      console.warn("A part of the page could not be loaded.", error);
      document.change({ content: "missing" });
    }
  }

  #take(path: string): TextDocument | undefined {
    const all = this.open.value;
    const index = all.findIndex((document) => document.path === path);
    const document = all[index];
    if (document === undefined) return undefined;
    this.open.set(all.filter((each) => each !== document));
    if (this.active.value === path) this.active.set((all[index + 1] ?? all[index - 1])?.path);
    this.#remember();
    return document;
  }

  #linger(document: TextDocument): void {
    this.#lingering.set(document.path, document);
    const stop = document.state.subscribe(() => {
      const isOpen = this.#lingering.get(document.path) !== document;
      if (!isOpen && document.state.value.save !== "saved") return;
      stop();
      if (isOpen) return;
      this.#lingering.delete(document.path);
      document.shared?.stop();
    });
  }

  #openFirst(entries: FileEntry[]): void {
    if (this.active.value !== undefined || this.open.value.length > 0) return;
    const files = entries.flatMap(({ kind, path }) => (kind === "file" && path.isWellFormed() ? [path] : []));
    const before = this.#remembered();
    for (const path of before.open.filter((each) => files.includes(each))) void this.show(path);
    const first = files.includes(before.active ?? "") ? before.active : firstToRead(files);
    if (first !== undefined) void this.show(first);
  }

  /** What is no document is followed by nobody else. */
  #lookAgain(entries: FileEntry[]): void {
    for (const document of this.open.value) {
      const { content } = document.state.value;
      if (content !== "binary" && content !== "large") continue;
      const version = entries.find(({ path }) => path === document.path)?.version;
      if (version === document.version) continue;
      document.version = version;
      document.shared?.lookAgain();
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
