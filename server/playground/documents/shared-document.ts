import { randomBytes } from "node:crypto";
import * as Y from "yjs";
import type { NoDocument } from "../../contract/document-events.ts";
import { documentText } from "../../contract/document-events.ts";
import { Problem } from "../http/problem.ts";
import { applyChecked, piecesOf, type Refusal } from "./checked-update.ts";
import type { DocumentFile, FileText } from "./document-file.ts";
import type { DocumentState } from "./document-state-repository.ts";
import { inTime, OutOfTime } from "./stopwatch.ts";
import { editText } from "./text-edits.ts";

/** A pause in the typing after which the file is written, ms. */
const pause = 400;
/** ms from the first change that the file lacks until it is written, also where the typing makes no pause */
const longestWait = 2000;
const retryPause = 3000;
const gonePause = 250;
/** Bytes, pieces and writers of history beyond which a document is begun anew. */
const mostHistory = { bytes: 8 * 1024 * 1024, pieces: 100_000, writers: 2_500 };

/** ms that everybody else waits while a history is put together: one that takes longer is no use any more */
const longest = 1000;

/** Where a document's history is kept. */
export interface DocumentMemory {
  find(): Promise<DocumentState | undefined>;
  save(state: DocumentState): Promise<void>;
  remove(): Promise<void>;
}

export interface DocumentEvents {
  /** @param origin who has sent it; undefined: it comes from the file */
  changed: (update: Uint8Array, origin: unknown) => void;
  /** a save begins: what has come in until now will be in it */
  saving: () => void;
  /** it is in the file. @param all nothing has come since */
  saved: (all: boolean) => void;
  /** the file cannot be written now; it is tried again */
  unsaved: (message: string | undefined) => void;
  /** the file was deleted while it had unsaved changes: `restore` writes it again */
  deleted: () => void;
  /** it is no document any more */
  ended: (why: NoDocument | "again") => void;
}

/**
 * The one copy of a text file that is open in pages. The file takes part through a replica of its own: `#disk` is the
 * document as the file has it, so what others wrote there is a change of that replica, and merges like any other writer's.
 */
export class SharedDocument {
  readonly epoch: string;
  readonly #main: Y.Doc;
  readonly #disk: Y.Doc;
  readonly #file: DocumentFile;
  readonly #memory: DocumentMemory;
  readonly #events: DocumentEvents;
  /** of the file that `#disk` has; undefined: write over whatever is there */
  #version: string | undefined;
  /** texts that were sent to the file without an answer, and what makes `#disk` each of them: they may have arrived */
  readonly #unanswered = new Map<string, Uint8Array>();
  #timer: NodeJS.Timeout | undefined;
  /** what is kept is not yet how the file is: opened so, it would bring back what somebody has taken out since */
  #keptLags = false;
  /** when the timer was set first; undefined: since then it has run */
  #waitingSince: number | undefined;
  /** reading and writing the file, one after the other */
  #work: Promise<void> = Promise.resolve();
  #isDeleted = false;
  #isClosed = false;

  private constructor(
    docs: { epoch: string; main: Y.Doc; disk: Y.Doc; version: string },
    parts: { file: DocumentFile; memory: DocumentMemory; events: DocumentEvents },
  ) {
    this.epoch = docs.epoch;
    this.#main = docs.main;
    this.#disk = docs.disk;
    this.#version = docs.version;
    this.#file = parts.file;
    this.#memory = parts.memory;
    this.#events = parts.events;
    this.#main.on("update", (update: Uint8Array, origin: unknown) => this.#events.changed(update, origin ?? undefined));
    if (!this.isSaved) this.#saveSoon(pause);
  }

  /** @throws what reading the file throws */
  static async open(
    file: DocumentFile,
    memory: DocumentMemory,
    events: DocumentEvents,
  ): Promise<SharedDocument | { problem: Exclude<NoDocument, "away"> }> {
    const [read, kept] = await Promise.all([file.read(), memory.find()]);
    if ("problem" in read) {
      if (kept !== undefined) await memory.remove();
      return read;
    }
    const docs = (kept === undefined ? undefined : goOn(read, kept)) ?? begin(read);
    // From the beginning: a page may come back that has all of this, and has written without a connection.
    await memory.save(stateOf(docs));
    return new SharedDocument({ ...docs, version: read.version }, { file, memory, events });
  }

  get text(): string {
    return textOf(this.#main);
  }

  get isSaved(): boolean {
    return textOf(this.#main) === textOf(this.#disk);
  }

  get vector(): Uint8Array {
    return Y.encodeStateVector(this.#main);
  }

  /** What somebody lacks who has this state vector. @throws Error when it is none */
  lacking(vector: Uint8Array | undefined): Uint8Array {
    return Y.encodeStateAsUpdate(this.#main, vector);
  }

  /** @returns why it was refused */
  apply(update: Uint8Array, origin: unknown): Refusal | undefined {
    const refused = applyChecked(this.#main, update, origin);
    // What was refused may be in it in part.
    this.#saveAtPause();
    return refused;
  }

  /** What goes on from it under another name. */
  get state(): DocumentState {
    return stateOf({ epoch: this.epoch, main: this.#main, disk: this.#disk });
  }

  /** From when it resolves the file is neither read nor written, until what it resolves with is called. */
  hold(): Promise<() => void> {
    const held = Promise.withResolvers<() => void>();
    const over = Promise.withResolvers<void>();
    const turn = this.#inTurn(() => {
      held.resolve(over.resolve);
      return over.promise;
    });
    // Of a document that has ended no turn comes.
    void turn.then(() => held.resolve(over.resolve));
    return held.promise;
  }

  /** Resolves when what has come until now is in the file, or could not be written: then it is false. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#waitingSince = undefined;
    await this.#inTurn(() => this.#write());
    return this.isSaved;
  }

  /** The file may have changed: takes in what others wrote. */
  async look(): Promise<void> {
    await this.#inTurn(() => this.#read());
  }

  /** A file that was deleted is written again. */
  async restore(): Promise<void> {
    if (!this.#isDeleted) return;
    this.#isDeleted = false;
    this.#version = undefined;
    await this.save();
  }

  /** Its file is gone, with changes that were not in it. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Nobody needs it any more. Nothing is saved. */
  drop(): void {
    this.#end();
  }

  #end(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#main.destroy();
    this.#disk.destroy();
  }

  #saveAtPause(): void {
    const now = Date.now();
    this.#waitingSince ??= now;
    this.#saveSoon(Math.max(0, Math.min(pause, this.#waitingSince + longestWait - now)));
  }

  #saveSoon(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), after);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#work.then(async () => {
      if (!this.#isClosed) await work();
    });
    this.#work = turn.catch((error: unknown) => {
      if (this.#isClosed) return;
      this.#events.unsaved(error instanceof Problem && error.status < 500 ? error.message : undefined);
      if (!(error instanceof Problem)) console.error("A document could not be saved.", error);
      this.#saveSoon(retryPause);
    });
    return this.#work;
  }

  async #write(): Promise<void> {
    if (this.#isDeleted) return;
    this.#events.saving();
    const text = textOf(this.#main);
    if (text !== textOf(this.#disk)) {
      const { state } = this;
      const { attempt } = state;
      await this.#memory.save(state);
      this.#unanswered.set(text, attempt);
      try {
        this.#version = await this.#file.write(text, this.#version);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        // Refused, not lost on its way.
        if (error.status < 500) this.#unanswered.delete(text);
        if (error.status !== 409) throw error;
        await this.#read();
        if (!this.#isDeleted && !this.#isClosed) this.#saveSoon(0);
        return;
      }
      this.#unanswered.clear();
      this.#keptLags = true;
      if (!applied(this.#disk, attempt)) return this.#retire("again");
    }
    await this.#keep();
    this.#events.saved(this.isSaved);
    if (this.isSaved && isLong(this.#main)) await this.#retire("again");
  }

  async #read(): Promise<void> {
    let read = await this.#file.read();
    if ("problem" in read && read.problem === "gone") {
      // Programs that write a file by putting another one in its place leave none for a moment.
      await new Promise((resolve) => setTimeout(resolve, gonePause));
      read = await this.#file.read();
    }
    if ("problem" in read) {
      if (this.#isDeleted) return;
      // Deleted with changes that nobody has saved: whoever made them says whether it should be.
      if (read.problem !== "gone" || this.isSaved) return this.#retire(read.problem);
      this.#isDeleted = true;
      this.#events.deleted();
      return;
    }
    this.#isDeleted = false;
    if (read.version === this.#version) return;
    const arrived = this.#unanswered.get(read.text);
    if (arrived === undefined) editText(this.#disk.getText(documentText), read.text);
    else Y.applyUpdate(this.#disk, arrived);
    this.#unanswered.clear();
    this.#version = read.version;
    Y.applyUpdate(this.#main, Y.encodeStateAsUpdate(this.#disk, Y.encodeStateVector(this.#main)));
    this.#keptLags = true;
    await this.#keep();
    if (this.isSaved) this.#events.saved(true);
    else this.#saveSoon(pause);
  }

  async #keep(): Promise<void> {
    if (!this.#keptLags) return;
    await this.#memory.save(this.state);
    this.#keptLags = false;
  }

  /** Its history is no use any more. */
  async #retire(why: NoDocument | "again"): Promise<void> {
    this.#end();
    this.#events.ended(why);
    await this.#memory.remove();
  }
}

type Docs = { epoch: string; main: Y.Doc; disk: Y.Doc };

function stateOf({ epoch, main, disk }: Docs): DocumentState {
  const attempt = Y.encodeStateAsUpdate(main, Y.encodeStateVector(disk));
  return { epoch, base: Y.encodeStateAsUpdate(disk), attempt };
}

function textOf(document: Y.Doc): string {
  return document.getText(documentText).toString();
}

/** @returns whether that was possible in time */
function applied(document: Y.Doc, update: Uint8Array): boolean {
  try {
    inTime(longest, () => Y.applyUpdate(document, update));
    return true;
  } catch (error) {
    if (error instanceof OutOfTime) return false;
    throw error;
  }
}

function isLong(document: Y.Doc): boolean {
  return (
    document.store.clients.size > mostHistory.writers ||
    piecesOf(document) > mostHistory.pieces ||
    Y.encodeStateAsUpdate(document).length > mostHistory.bytes
  );
}

function begin({ text }: FileText): Docs {
  const [main, disk] = [new Y.Doc(), new Y.Doc()];
  editText(disk.getText(documentText), text);
  Y.applyUpdate(main, Y.encodeStateAsUpdate(disk));
  return { epoch: randomBytes(12).toString("base64url"), main, disk };
}

/** With the history that was kept; undefined when that is damaged, or takes long. */
function goOn({ text }: FileText, { epoch, base, attempt }: DocumentState): Docs | undefined {
  const [main, disk] = [new Y.Doc(), new Y.Doc()];
  try {
    inTime(longest, () => {
      for (const update of [base, attempt]) if (update.length > 0) Y.applyUpdate(main, update);
      Y.applyUpdate(disk, base);
      // The last save may have arrived without our learning of it.
      if (textOf(main) === text && attempt.length > 0) Y.applyUpdate(disk, attempt);
    });
  } catch {
    return undefined;
  }
  editText(disk.getText(documentText), text);
  Y.applyUpdate(main, Y.encodeStateAsUpdate(disk, Y.encodeStateVector(main)));
  return { epoch, main, disk };
}
