import * as Y from "yjs";
import { documentText } from "#contract/document-events.ts";
import type { DocumentEnded, DocumentSaved, DocumentTrouble, OpenedDocument } from "#contract/document-events.ts";
import type { Connection } from "../../lib/connection.ts";
import type { DocumentState, TextDocument } from "./text-document.ts";
import { replaceText } from "./replace-text.ts";

const retryPause = 3000;
/** How long a save may take before the server is asked what it has, ms. */
const savePatience = 10_000;

export interface SharedTextEvents {
  /** the file is gone, and nothing of it was unsaved */
  gone: () => void;
  /** the file has another name now */
  moved: (to: string) => void;
  /** makes the file that is gone again; resolves also when it could not be made */
  restore: (text: string) => Promise<unknown>;
  /** why what was written is not taken, in words */
  refused: (message: string) => void;
}

/** A text whose file has another name now: the page's copy, to go on with under that. */
export interface HandedOver {
  doc: Y.Doc;
  undo: Y.UndoManager;
  epoch: string | undefined;
  isEdited: boolean;
  savedText: string;
}

type Opened = Extract<OpenedDocument, { epoch: string }>;

/** Origin of what this page's learner writes: what undo takes back. */
export const ownEdit = "own";
const fromServer = "server";

/**
 * The page's copy of one document, kept equal with the one in `web` (contract/document-events.ts). It takes edits with and
 * without a connection; `TextDocument` tells the rest of the page what it says and whether it is saved.
 */
export class SharedText {
  readonly #document: TextDocument;
  readonly #connection: Connection;
  readonly #events: SharedTextEvents;
  readonly #mayEdit: boolean;
  readonly #stops: (() => void)[];
  #doc: Y.Doc;
  #undo: Y.UndoManager;
  #epoch: string | undefined;
  /** it is open in `web` now: updates are sent as they are made */
  #isOpen = false;
  #turn = 0;
  /** numbers of updates since it was opened: sent, and in the file */
  #sent = 0;
  #saved = 0;
  /** made in this turn: what an input method hands over at once comes letter by letter, and is sent as one */
  #unsent: Uint8Array[] = [];
  #allSaved = true;
  #failed = false;
  /** written since it was last known to be saved */
  #isEdited = false;
  /** the text when it was last known to be saved */
  #savedText = "";
  /** what becomes of this page's text when the server has another document */
  #choice: "mine" | "theirs" | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #overdue: ReturnType<typeof setTimeout> | undefined;
  #lastRefusal: string | undefined;

  /** @param parts `before`: of the same file under its former name */
  constructor(
    document: TextDocument,
    parts: { connection: Connection; mayEdit: boolean; before: HandedOver | undefined },
    events: SharedTextEvents,
  ) {
    const { connection, mayEdit, before } = parts;
    this.#document = document;
    this.#connection = connection;
    this.#mayEdit = mayEdit;
    this.#events = events;
    this.#doc = before?.doc ?? new Y.Doc();
    this.#undo = before?.undo ?? undoOf(this.text);
    this.#epoch = before?.epoch;
    this.#isEdited = before?.isEdited ?? false;
    this.#savedText = before?.savedText ?? "";
    this.#doc.on("update", this.#updated);
    const mine = (message: { path: string }): boolean => message.path === document.path;
    this.#stops = [
      connection.state.subscribe(() => this.#connectionChanged()),
      connection.on("document-update", (message) => {
        if (mine(message) && this.#isOpen) this.#takeIn(new Uint8Array(message.update));
      }),
      connection.on("document-saved", (message) => mine(message) && this.#onSaved(message)),
      connection.on("document-trouble", (message) => mine(message) && this.#onTrouble(message)),
      connection.on("document-ended", (message) => mine(message) && this.#onEnded(message)),
    ];
    void this.#open();
  }

  get text(): Y.Text {
    return this.#doc.getText(documentText);
  }

  get undoManager(): Y.UndoManager {
    return this.#undo;
  }

  /** Changes made together, as one of the learner's. */
  edit(change: (text: Y.Text) => void): void {
    this.#doc.transact(() => change(this.text), ownEdit);
  }

  /** A place in the text that moves with it, to be told to others. */
  encodePlace(index: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(this.text, index)));
  }

  /** Where somebody's place is now; undefined: it is of another document, or nonsense. */
  decodePlace(place: Uint8Array): number | undefined {
    try {
      const position = Y.decodeRelativePosition(new Uint8Array(place));
      return Y.createAbsolutePositionFromRelativePosition(position, this.#doc)?.index;
    } catch {
      return undefined;
    }
  }

  /** Where both sides have changed, or the file is gone: what was written here stays. */
  keepMine(): void {
    const isGone = this.#document.state.value.trouble === "gone";
    this.#document.change({ trouble: undefined });
    if (isGone && this.#isOpen) this.#connection.send("document-restore", { path: this.#document.path });
    else if (isGone) void this.#events.restore(this.text.toString()).then(() => this.#choose("mine"));
    else this.#choose("mine");
  }

  takeTheirs(): void {
    this.#document.change({ trouble: undefined });
    this.#choose("theirs");
  }

  /** The file was no text, or too long, and has changed since: it may be one that can be edited now. */
  lookAgain(): void {
    void this.#open();
  }

  /** Nothing more is sent or taken in. */
  stop(): void {
    this.handOver().doc.destroy();
  }

  /** As `stop`, for another one to go on with. */
  handOver(): HandedOver {
    clearTimeout(this.#timer);
    clearTimeout(this.#overdue);
    this.#turn++;
    for (const stop of this.#stops.splice(0)) stop();
    this.#sendUnsent();
    if (this.#isOpen) this.#connection.send("document-close", { path: this.#document.path });
    this.#isOpen = false;
    this.#doc.off("update", this.#updated);
    return {
      doc: this.#doc,
      undo: this.#undo,
      epoch: this.#epoch,
      isEdited: this.#isEdited,
      savedText: this.#savedText,
    };
  }

  readonly #updated = (update: Uint8Array, origin: unknown): void => {
    this.#document.text = this.text.toString();
    const { trouble } = this.#document.state.value;
    if (typeof trouble === "object") {
      this.#document.change({ trouble: { ...trouble, mine: this.#document.text } });
    }
    if (origin !== fromServer) {
      this.#isEdited = true;
      this.#send(update);
    }
    this.#report();
  };

  #takeIn(update: Uint8Array): void {
    this.#allSaved = false;
    Y.applyUpdate(this.#doc, update, fromServer);
  }

  #send(update: Uint8Array): void {
    if (!this.#isOpen || !this.#mayEdit || this.#unsent.push(update) > 1) return;
    this.#sent++;
    queueMicrotask(() => this.#sendUnsent());
  }

  #sendUnsent(): void {
    const updates = this.#unsent.splice(0);
    // Without a connection all is sent that the server lacks, when it is back.
    if (updates.length === 0 || !this.#isOpen) return;
    const update = new Uint8Array(Y.mergeUpdates(updates));
    this.#connection.send("document-update", { path: this.#document.path, update, seq: this.#sent });
  }

  #connectionChanged(): void {
    const { connected } = this.#connection.state.value;
    if (!connected) {
      this.#isOpen = false;
      this.#turn++;
      this.#report();
    } else if (!this.#isOpen) void this.#open();
  }

  #openLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#open(), retryPause);
  }

  #choose(choice: "mine" | "theirs"): void {
    this.#choice = choice;
    void this.#open();
  }

  async #open(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#connection.state.value.connected) return;
    const turn = ++this.#turn;
    this.#isOpen = false;
    const known = this.#choice === undefined && this.#epoch !== undefined ? { epoch: this.#epoch } : {};
    const { path } = this.#document;
    const vector = new Uint8Array(Y.encodeStateVector(this.#doc));
    const answer = await this.#connection.openDocument({ path, ...known, vector });
    if (turn !== this.#turn) return;
    if (answer === undefined) this.#openLater();
    else if (answer.problem === undefined) this.#opened(answer);
    else if (answer.problem === "away") {
      if (answer.message !== undefined) this.#refused(answer.message);
      this.#openLater();
    } else if (answer.problem === "gone") this.#gone();
    else this.#document.change({ content: answer.problem });
  }

  #opened(answer: Opened): void {
    const update = new Uint8Array(answer.update);
    if (this.#epoch !== undefined && (answer.epoch !== this.#epoch || this.#choice !== undefined)) {
      if (!this.#replace(update)) return;
    } else Y.applyUpdate(this.#doc, update, fromServer);
    const isFirst = this.#document.state.value.content !== "text";
    this.#epoch = answer.epoch;
    this.#isOpen = true;
    this.#failed = false;
    this.#sent = 0;
    this.#saved = 0;
    this.#unsent = [];
    this.#allSaved = answer.saved;
    if (this.#isEdited) this.#send(Y.encodeStateAsUpdate(this.#doc, new Uint8Array(answer.vector)));
    if (isFirst) this.#document.loaded(this.text.toString());
    this.#report();
  }

  /** Another document than the page's: false when it is the learner who has to say what becomes of the page's. */
  #replace(update: Uint8Array): boolean {
    const mine = this.text.toString();
    const next = new Y.Doc();
    Y.applyUpdate(next, update, fromServer);
    const theirs = next.getText(documentText).toString();
    const isChanged = this.#isEdited && mine !== theirs;
    if (isChanged && theirs !== this.#savedText && this.#choice === undefined) {
      next.destroy();
      this.#document.change({ trouble: { mine, theirs } });
      return false;
    }
    const keeps = isChanged && this.#choice !== "theirs";
    this.#choice = undefined;
    this.#doc.destroy();
    this.#doc = next;
    this.#isEdited = false;
    this.#undo = undoOf(this.text);
    next.on("update", this.#updated);
    if (keeps) this.edit((text) => replaceText(text, mine));
    this.#document.loaded(this.text.toString());
    return true;
  }

  #onSaved({ seq, all }: DocumentSaved): void {
    // It is heard of, though the others may go on writing.
    clearTimeout(this.#overdue);
    this.#overdue = undefined;
    this.#saved = Math.max(this.#saved, seq);
    this.#allSaved = all;
    this.#failed = false;
    this.#lastRefusal = undefined;
    if (this.#document.state.value.trouble === "gone") this.#document.change({ trouble: undefined });
    this.#report();
  }

  #onTrouble({ trouble, message }: DocumentTrouble): void {
    if (trouble === "deleted") return this.#document.change({ trouble: "gone" });
    this.#failed = true;
    if (message !== undefined) this.#refused(message);
    this.#report();
  }

  #onEnded({ why, message, movedTo }: DocumentEnded): void {
    this.#isOpen = false;
    this.#turn++;
    if (movedTo !== undefined) return this.#events.moved(movedTo);
    if (message !== undefined) {
      this.#failed = true;
      this.#refused(message);
      this.#openLater();
    } else if (why === "again" || why === "away") void this.#open();
    else if (why === "gone") this.#gone();
    else this.#document.change({ content: why });
    this.#report();
  }

  #gone(): void {
    if (this.#isEdited) this.#document.change({ trouble: "gone" });
    else this.#events.gone();
  }

  #refused(message: string): void {
    if (message === this.#lastRefusal) return;
    this.#lastRefusal = message;
    this.#events.refused(message);
  }

  #report(): void {
    const isSaved = this.#isOpen && this.#allSaved && this.#saved >= this.#sent;
    if (isSaved) {
      this.#isEdited = false;
      this.#savedText = this.#document.text;
    }
    const nothingLost = isSaved || (!this.#isOpen && !this.#isEdited);
    const save = nothingLost ? "saved" : this.#failed ? "failed" : this.#isOpen ? "saving" : "unsaved";
    if (this.#document.state.value.save !== save) this.#document.change({ save });
    this.#watchOver(save);
  }

  /** Told nothing for long, it opens the document again: then both know what the other has. */
  #watchOver(save: DocumentState["save"]): void {
    if (save !== "saving") {
      clearTimeout(this.#overdue);
      this.#overdue = undefined;
    } else this.#overdue ??= setTimeout(() => void this.#open(), savePatience);
  }
}

function undoOf(text: Y.Text): Y.UndoManager {
  return new Y.UndoManager(text, { trackedOrigins: new Set([ownEdit]), captureTimeout: 500 });
}
