import {
  documentsPerSocket,
  namedDocumentSchema,
  openDocumentSchema,
  saveDocumentsSchema,
  updateDocumentSchema,
} from "../../contract/document-events.ts";
import type { OpenedDocument } from "../../contract/document-events.ts";
import type { DocumentReader, WorkspaceDocuments } from "../documents/document-hub.ts";
import { TokenBucket } from "../../contract/token-bucket.ts";
import { Problem } from "../http/problem.ts";
import type { SocketGate } from "./socket-gate.ts";

/** Updates of one page: typing, also of a macro; at once, and per second on the long run. */
const updates = { burst: 600, perSecond: 100 };
/** Bytes of them: a pasted file, and what was written without a connection. */
const bytes = { burst: 6 * 1024 * 1024, perSecond: 256 * 1024 };
/** ms that they may take of everybody's time, and as many that opening may: a tenth on the long run */
const work = { burst: 1000, perSecond: 100 };
/** Files that one page opens: those of a large project one after the other. */
const openings = { burst: 200, perSecond: 5 };

/** The documents that one page has open (contract/document-events.ts). */
export class DocumentSession {
  readonly #gate: SocketGate;
  /** asked each time: it is one object only while it has documents */
  readonly #documents: () => WorkspaceDocuments;
  readonly #reader: DocumentReader;
  readonly #paths = new Set<string>();
  readonly #updates = new TokenBucket(() => updates);
  readonly #bytes = new TokenBucket(() => bytes);
  readonly #work = new TokenBucket(() => work);
  readonly #reading = new TokenBucket(() => work);
  readonly #openings = new TokenBucket(() => openings);

  constructor(gate: SocketGate, documents: () => WorkspaceDocuments) {
    this.#gate = gate;
    this.#documents = documents;
    const { socket } = gate;
    this.#reader = {
      looksOn: socket.data.role === "viewer",
      update: (message) => socket.emit("document-update", message),
      saved: (message) => socket.emit("document-saved", message),
      trouble: (message) => socket.emit("document-trouble", message),
      ended: (message) => {
        this.#paths.delete(message.path);
        socket.emit("document-ended", message);
      },
    };
  }

  /** To be called once. */
  listen(): void {
    const gate = this.#gate;
    gate.on("document-open", openDocumentSchema, (message) => this.#open(message));
    gate.on("document-update", updateDocumentSchema, (message) => this.#update(message));
    gate.on("document-restore", namedDocumentSchema, ({ path }) => this.#documents().restore(path));
    gate.on("document-save", saveDocumentsSchema, async () => ({ saved: await this.#documents().save() }));
    gate.on("document-close", namedDocumentSchema, ({ path }) => {
      this.#paths.delete(path);
      return this.#documents().close(this.#reader, path);
    });
    gate.socket.on("disconnect", () => {
      this.#documents()
        .leave(this.#reader)
        .catch((error: unknown) => console.error("Documents of a page that is gone could not be closed.", error));
    });
  }

  async #open(message: { path: string; epoch?: string; vector: Uint8Array }): Promise<OpenedDocument> {
    const { path } = message;
    if (!this.#openings.take(1) || this.#reading.wait(1) > 0)
      return { problem: "away", message: "This page opens files too fast." };
    this.#paths.add(path);
    if (this.#paths.size > documentsPerSocket) {
      this.#paths.delete(path);
      return { problem: "away", message: `This page has ${documentsPerSocket} files open: close some of them.` };
    }
    const opened = await this.#documents().open(this.#reader, path, message, (took) => this.#reading.spend(took));
    if (opened.problem !== undefined) this.#paths.delete(path);
    // It left while the file was read.
    if (this.#gate.socket.disconnected) await this.#documents().close(this.#reader, path);
    return opened;
  }

  async #update(message: { path: string; update: Uint8Array; seq: number }): Promise<void> {
    const { path, update } = message;
    try {
      if (!this.#updates.take(1) || !this.#bytes.take(update.length) || this.#work.wait(1) > 0) {
        await this.#documents().close(this.#reader, path);
        throw new Problem(429, "This page changes its files faster than they can be shared: wait a moment.");
      }
      await this.#documents().update(this.#reader, message, (took) => this.#work.spend(took));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#reader.ended({ path, why: "again", message: error.message });
    }
  }
}
