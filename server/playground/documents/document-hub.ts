import type {
  DocumentEnded,
  DocumentSaved,
  DocumentTrouble,
  DocumentUpdate,
  NoDocument,
  OpenedDocument,
} from "../../contract/document-events.ts";
import type { FileChange } from "../../contract/extension-api.ts";
import { readNdjson } from "../client/ndjson.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { EngineAway, Problem } from "../http/problem.ts";
import { WorkspaceFile } from "./document-file.ts";
import type { DocumentStateRepository } from "./document-state-repository.ts";
import { SharedDocument } from "./shared-document.ts";
import { threadTime } from "./stopwatch.ts";

/** A page that has documents open: what it is sent. */
export interface DocumentReader {
  /** a viewer's page */
  looksOn?: boolean;
  update: (message: DocumentUpdate) => void;
  saved: (message: DocumentSaved) => void;
  trouble: (message: DocumentTrouble) => void;
  ended: (message: DocumentEnded) => void;
}

interface Open {
  document: SharedDocument;
  /** the last of each reader's updates that has come, and that the save on its way has */
  readers: Map<DocumentReader, { seq: number; saving: number }>;
}

/** Documents of one workspace that are open at once. */
const mostDocuments = 128;
/** So many at most when a viewer opens one that nobody has open. */
const mostOfViewers = mostDocuments / 2;
const retryPause = 1000;

/** The open documents of one workspace, and the files under them. */
export class WorkspaceDocuments {
  readonly #workspace: string;
  readonly #tenant: () => Promise<TenantClient>;
  readonly #states: DocumentStateRepository;
  readonly #open = new Map<string, Promise<Open | { problem: Exclude<NoDocument, "away"> }>>();
  /** one after the other */
  #renaming: Promise<unknown> = Promise.resolve();
  #watching: AbortController | undefined;

  constructor(workspace: string, tenant: () => Promise<TenantClient>, states: DocumentStateRepository) {
    this.#workspace = workspace;
    this.#tenant = tenant;
    this.#states = states;
  }

  /**
   * @param known what the page has of it. Open again for the same reader, it begins anew with that.
   * @param spend as with `update`
   * @throws Problem when that is no state vector
   */
  async open(
    reader: DocumentReader,
    path: string,
    known: { epoch?: string; vector: Uint8Array },
    spend: (took: number) => void = () => undefined,
  ): Promise<OpenedDocument> {
    let open: Open | { problem: Exclude<NoDocument, "away"> };
    try {
      open = await this.#find(path, reader.looksOn === true ? mostOfViewers : mostDocuments);
    } catch (error) {
      if (error instanceof EngineAway) return { problem: "away" };
      if (error instanceof Problem) return { problem: "away", message: error.message };
      throw error;
    }
    if ("problem" in open) return open;
    const { document, readers } = open;
    const began = threadTime();
    let update: Uint8Array;
    try {
      update = document.lacking(known.epoch === document.epoch ? known.vector : undefined);
    } catch (cause) {
      throw new Problem(400, refusals.malformed, { cause });
    } finally {
      spend(threadTime() - began);
    }
    readers.set(reader, { seq: 0, saving: 0 });
    return { epoch: document.epoch, update, vector: document.vector, saved: document.isSaved };
  }

  /**
   * @param spend is told how long the thread was busy with it, ms: with nothing else, many that come at once wait for each other
   * @throws Problem when it is none that can be taken: the reader has it open no longer
   */
  async update(
    reader: DocumentReader,
    { path, update, seq }: { path: string; update: Uint8Array; seq: number },
    spend: (took: number) => void = () => undefined,
  ): Promise<void> {
    const open = await this.#known(path);
    const progress = open?.readers.get(reader);
    // A page that has closed it does not listen. One that believes it open sends it all when it has opened it again.
    if (open === undefined || progress === undefined) return reader.ended({ path, why: "again" });
    const began = threadTime();
    const refused = open.document.apply(update, reader);
    spend(threadTime() - began);
    if (refused !== undefined) {
      open.readers.delete(reader);
      throw new Problem(refused === "large" ? 413 : 400, refusals[refused]);
    }
    progress.seq = Math.max(progress.seq, seq);
  }

  async restore(path: string): Promise<void> {
    await (await this.#known(path))?.document.restore();
  }

  /** Everything that has come until now. @returns whether it is in the files */
  async save(): Promise<boolean> {
    const all = await Promise.all([...this.#open.keys()].map((path) => this.#known(path)));
    const saved = await Promise.all(all.map(async (open) => open === undefined || (await open.document.save())));
    return saved.every(Boolean);
  }

  /**
   * A file or a directory gets another name: with what is in the documents under it, which its pages then open under the
   * new name, and find as they have left them. @throws what `act` throws, which renames it
   */
  rename<Result>(from: string, to: string, act: () => Promise<Result>): Promise<Result> {
    const renamed = this.#renaming.then(async () => {
      await this.save();
      const held = await this.#hold(from);
      try {
        const result = await act();
        await Promise.all(held.map(({ path, open }) => this.#move(path, to + path.slice(from.length), open)));
        return result;
      } finally {
        for (const { letGo } of held) letGo();
      }
    });
    this.#renaming = renamed.catch(() => undefined);
    return renamed;
  }

  /** A file's document, or those of the files in a directory: they must not find the file gone meanwhile. */
  async #hold(name: string): Promise<{ path: string; open: Open; letGo: () => void }[]> {
    const paths = [...this.#open.keys()].filter((path) => path === name || path.startsWith(`${name}/`));
    const held = await Promise.all(
      paths.map(async (path) => {
        const open = await this.#known(path);
        return open === undefined ? [] : [{ path, open, letGo: await open.document.hold() }];
      }),
    );
    return held.flat();
  }

  /** Its history goes on under the new name: what was typed since it was saved is in it, or still in the page. */
  async #move(path: string, movedTo: string, open: Open): Promise<void> {
    await this.#states.save(this.#workspace, movedTo, open.document.state);
    this.#release(path, open);
    for (const reader of open.readers.keys()) reader.ended({ path, why: "gone", movedTo });
    await this.#states.remove(this.#workspace, path);
  }

  async close(reader: DocumentReader, path: string): Promise<void> {
    const open = await this.#known(path);
    if (open === undefined || !open.readers.delete(reader) || open.readers.size > 0) return;
    // Told of a deletion, nobody wanted it back. Else it goes when it is saved: at once, or when the engine is back.
    if (open.document.isDeleted) this.#release(path, open);
    else await open.document.save();
  }

  #releaseUnread(path: string, open: Open | undefined): void {
    if (open?.readers.size === 0 && open.document.isSaved) this.#release(path, open);
  }

  #release(path: string, { document }: Open): void {
    this.#forget(path);
    document.drop();
  }

  /** The page is gone. */
  async leave(reader: DocumentReader): Promise<void> {
    await Promise.all([...this.#open.keys()].map((path) => this.close(reader, path)));
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** `web` ends: everything is saved, as far as that can be done. */
  async end(): Promise<void> {
    await this.save();
    this.#watching?.abort();
  }

  async #known(path: string): Promise<Open | undefined> {
    const open = await this.#open.get(path)?.catch(() => undefined);
    return open === undefined || "problem" in open ? undefined : open;
  }

  async #find(path: string, most: number): Promise<Open | { problem: Exclude<NoDocument, "away"> }> {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    if (this.#open.size >= most) throw new Problem(429, "Too many files are open in this workspace.");
    // One that ended late takes nothing from the one that was opened since.
    const forget = (): void => {
      if (this.#open.get(path) === made) this.#forget(path);
    };
    const made = this.#make(path, forget);
    this.#open.set(path, made);
    this.#watch();
    made.then((open) => "problem" in open && forget(), forget);
    return made;
  }

  async #make(path: string, forget: () => void): Promise<Open | { problem: Exclude<NoDocument, "away"> }> {
    const readers: Open["readers"] = new Map();
    const [workspace, states] = [this.#workspace, this.#states];
    const opened = await SharedDocument.open(
      new WorkspaceFile(this.#tenant, path),
      {
        find: () => states.find(workspace, path),
        save: (state) => states.save(workspace, path, state),
        remove: () => states.remove(workspace, path),
      },
      {
        changed: (update, origin) => {
          for (const reader of readers.keys()) if (reader !== origin) reader.update({ path, update });
        },
        saving: () => {
          for (const progress of readers.values()) progress.saving = progress.seq;
        },
        saved: (all) => {
          for (const [reader, { saving }] of readers) reader.saved({ path, seq: saving, all });
          if (readers.size === 0 && all) void this.#known(path).then((open) => this.#releaseUnread(path, open));
        },
        unsaved: (message) => {
          const text = message === undefined ? {} : { message };
          for (const reader of readers.keys()) reader.trouble({ path, trouble: "unsaved", ...text });
        },
        deleted: () => {
          for (const reader of readers.keys()) reader.trouble({ path, trouble: "deleted" });
          if (readers.size === 0) void this.#known(path).then((open) => open && this.#release(path, open));
        },
        ended: (why) => {
          forget();
          for (const reader of readers.keys()) reader.ended({ path, why });
        },
      },
    );
    return "problem" in opened ? opened : { document: opened, readers };
  }

  #forget(path: string): void {
    this.#open.delete(path);
    if (this.#open.size > 0) return;
    this.#watching?.abort();
    this.#watching = undefined;
  }

  /** Follows what becomes of the files while documents are open. */
  #watch(): void {
    if (this.#watching !== undefined) return;
    const watching = new AbortController();
    this.#watching = watching;
    void this.#follow(watching.signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let again = false; !signal.aborted; again = true) {
      try {
        const tenant = await this.#living();
        if (tenant === undefined) return;
        const stream = await tenant.changes(signal);
        // What happened while nobody watched.
        if (again) await this.#look([{ path: "", kind: "rescan" }]);
        for await (const [changes] of readNdjson<FileChange>(stream)) await this.#look(changes);
      } catch (error) {
        const passing = signal.aborted || error instanceof Problem || isBroken(error);
        if (!passing) console.error(`Workspace ${this.#workspace}: its files are not watched.`, error);
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, retryPause));
    }
  }

  /** undefined: the workspace is gone, or has expired, and with it what the documents are of. */
  async #living(): Promise<TenantClient | undefined> {
    try {
      return await this.#tenant();
    } catch (error) {
      if (!(error instanceof Problem && (error.status === 404 || error.status === 410))) throw error;
      const all = await Promise.all(
        [...this.#open.keys()].map(async (path) => ({ path, open: await this.#known(path) })),
      );
      for (const { path, open } of all) if (open !== undefined) this.#release(path, open);
      return undefined;
    }
  }

  async #look(changes: readonly FileChange[]): Promise<void> {
    const all = changes.some(({ kind }) => kind === "rescan");
    const touched = [...this.#open.keys()].filter(
      (path) => all || changes.some((change) => path === change.path || path.startsWith(`${change.path}/`)),
    );
    await Promise.all(touched.map(async (path) => (await this.#known(path))?.document.look()));
  }
}

const refusals = {
  malformed: "The page sent a change that does not fit the document: it is opened anew.",
  slow: "The page sent more changes than can be taken at once: it sends the rest of them again.",
  large: "This file is as large as one may be here: the last change was left out.",
};

/** The engine went away while it was answering. */
function isBroken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return ["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR", "EPIPE"].includes(code);
}

/** The open documents of every workspace. */
export class DocumentHub {
  readonly #tenant: (workspace: string) => Promise<TenantClient>;
  readonly #states: DocumentStateRepository;
  readonly #workspaces = new Map<string, WorkspaceDocuments>();

  /** @param tenant of a workspace, for work that goes on when nobody looks */
  constructor(tenant: (workspace: string) => Promise<TenantClient>, states: DocumentStateRepository) {
    this.#tenant = tenant;
    this.#states = states;
  }

  of(workspace: string): WorkspaceDocuments {
    const known = this.#workspaces.get(workspace);
    if (known !== undefined) return known;
    for (const [id, documents] of this.#workspaces) if (documents.isEmpty) this.#workspaces.delete(id);
    const made = new WorkspaceDocuments(workspace, () => this.#tenant(workspace), this.#states);
    this.#workspaces.set(workspace, made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workspaces.values()].map((documents) => documents.end()));
  }
}
