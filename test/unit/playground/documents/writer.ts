import * as Y from "yjs";
import { documentText } from "../../../../server/contract/document-events.ts";
import type { DocumentFile } from "../../../../server/playground/documents/document-file.ts";
import type { DocumentState } from "../../../../server/playground/documents/document-state-repository.ts";
import { SharedDocument } from "../../../../server/playground/documents/shared-document.ts";
import type { DocumentEvents, DocumentMemory } from "../../../../server/playground/documents/shared-document.ts";
import { Problem } from "../../../../server/playground/http/problem.ts";

/** A file in memory, with the engine's versions and refusals. */
export class MemoryFile implements DocumentFile {
  text: string | undefined;
  writes = 0;
  /** what the next write does in place of answering */
  failing: "lost" | "refused" | undefined;
  #version = 1;

  constructor(text: string) {
    this.text = text;
  }

  /** Somebody else writes, or removes it. */
  become(text: string | undefined): void {
    this.text = text;
    this.#version++;
  }

  async read(): Promise<{ text: string; version: string } | { problem: "gone" }> {
    return this.text === undefined ? { problem: "gone" } : { text: this.text, version: String(this.#version) };
  }

  async write(text: string, version: string | undefined): Promise<string> {
    if (this.failing === "refused") throw new Problem(507, "The disk is full.");
    if (version !== undefined && (this.text === undefined || version !== String(this.#version))) {
      throw new Problem(409, "changed meanwhile");
    }
    this.become(text);
    this.writes++;
    if (this.failing === "lost") throw new Problem(503, "The engine is away.");
    return String(this.#version);
  }
}

export class Memory implements DocumentMemory {
  state: DocumentState | undefined;
  find = async () => this.state;
  save = async (state: DocumentState) => void (this.state = state);
  remove = async () => void (this.state = undefined);
}

/** A document with the pages that have it open, whose updates arrive at once. */
export class Shared {
  readonly file: MemoryFile;
  readonly memory: Memory;
  readonly happened: string[] = [];
  readonly pages = new Set<Y.Doc>();
  document!: SharedDocument;

  constructor(file: MemoryFile, memory: Memory) {
    this.file = file;
    this.memory = memory;
  }

  async open(): Promise<this> {
    const events: DocumentEvents = {
      changed: (update, origin) => {
        for (const page of this.pages) if (page !== origin) Y.applyUpdate(page, update, this);
      },
      saving: () => undefined,
      saved: (all) => void this.happened.push(all ? "saved" : "partly saved"),
      unsaved: (message) => void this.happened.push(`unsaved ${message ?? ""}`.trim()),
      deleted: () => void this.happened.push("deleted"),
      ended: (why) => void this.happened.push(`ended ${why}`),
    };
    const opened = await SharedDocument.open(this.file, this.memory, events);
    if ("problem" in opened) throw new Error(opened.problem);
    this.document = opened;
    return this;
  }

  /** A page comes, or comes back with what it has written meanwhile. */
  join(page = new Y.Doc()): Y.Doc {
    Y.applyUpdate(page, this.document.lacking(Y.encodeStateVector(page)), this);
    this.pages.add(page);
    this.document.apply(Y.encodeStateAsUpdate(page, this.document.vector), page);
    page.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== this && this.pages.has(page)) this.document.apply(update, page);
    });
    return page;
  }

  leave(page: Y.Doc): void {
    this.pages.delete(page);
  }
}

export async function shared(text: string, memory = new Memory()): Promise<Shared> {
  return new Shared(new MemoryFile(text), memory).open();
}

export function textOf(page: Y.Doc): string {
  return page.getText(documentText).toString();
}

export function write(page: Y.Doc, at: number, text: string): void {
  page.getText(documentText).insert(at, text);
}
