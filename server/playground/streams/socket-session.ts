import {
  acknowledgeSchema,
  closeStreamSchema,
  openStreamSchema,
  streamsPerSocket,
  streamWindow,
  terminalInputSchema,
  terminalResizeSchema,
} from "../../contract/socket-events.ts";
import type { StreamKind, StreamSource } from "../../contract/socket-events.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { TokenBucket } from "../../contract/token-bucket.ts";
import { EngineAway, Problem } from "../http/problem.ts";
import type { WorkspaceDocuments } from "../documents/document-hub.ts";
import { DocumentSession } from "./document-session.ts";
import type { Room } from "../together/room.ts";
import { RoomSession } from "./room-session.ts";
import { SocketGate } from "./socket-gate.ts";
import type { PlaygroundSocket } from "./socket-gate.ts";
import { openSource } from "./sources.ts";
import { TerminalInput } from "./terminal-input.ts";
import { Window } from "./window.ts";

/** Streams that one page opens, each a request to the engine; at once, and per second on the long run. */
const openings = { burst: 300, perSecond: 60 };
/** Sizes of terminals, which all pages are told; a window that is dragged has one for each of its pictures. */
const sizes = { burst: 600, perSecond: 60 };

/** What one socket may do: everything goes through `tenant()`, which is its own workspace's. */
export interface SessionOptions {
  tenant: () => Promise<TenantClient>;
  /** the documents of its workspace that are open */
  documents: () => WorkspaceDocuments;
  /** who is in it now */
  room: () => Room;
  renamed: (name: string) => Promise<void>;
  /** the workspace is in use */
  touch: () => void;
}

interface OpenStream {
  window: Window;
  controller: AbortController;
}

/** Serves one browser's socket until it disconnects. */
export class SocketSession {
  readonly #socket: PlaygroundSocket;
  readonly #gate: SocketGate;
  readonly #options: SessionOptions;
  readonly #streams = new Map<string, OpenStream>();
  readonly #inputs = new Map<string, TerminalInput>();
  readonly #openings = new TokenBucket(() => openings);
  readonly #sizes = new TokenBucket(() => sizes);

  constructor(socket: PlaygroundSocket, options: SessionOptions) {
    this.#socket = socket;
    this.#gate = new SocketGate(socket, options.touch);
    this.#options = options;
  }

  /** To be called once. */
  listen(): void {
    const gate = this.#gate;
    new DocumentSession(gate, this.#options.documents).listen();
    new RoomSession(gate, this.#options).listen();
    gate.on("stream-open", openStreamSchema, (message) => this.#open(message.stream, message.source));
    gate.on("stream-ack", acknowledgeSchema, ({ stream, bytes }) => {
      this.#streams.get(stream)?.window.acknowledged(bytes);
    });
    gate.on("stream-close", closeStreamSchema, ({ stream }) => this.#close(stream));
    gate.on("terminal-input", terminalInputSchema, ({ terminal, data }) => this.#input(terminal, data));
    gate.on("terminal-resize", terminalResizeSchema, async ({ terminal, columns, rows }) => {
      if (!this.#sizes.take(1)) throw new Problem(429, "This page changes its terminals' sizes too fast.");
      if (!this.#options.room().mayResize(terminal, this.#socket.data.member, { columns, rows })) return;
      const tenant = await this.#options.tenant();
      await tenant.resizeTerminal(terminal, columns, rows);
    });
    this.#socket.on("disconnect", () => {
      for (const stream of this.#streams.keys()) this.#close(stream);
    });
  }

  async #open(stream: string, source: StreamSource): Promise<void> {
    this.#close(stream);
    if (!this.#openings.take(1)) {
      this.#socket.emit("stream-end", { stream, again: true });
      return;
    }
    if (this.#streams.size >= streamsPerSocket) throw new Problem(429, "Too many streams are open in this page.");
    const open: OpenStream = { window: new Window(streamWindow), controller: new AbortController() };
    this.#streams.set(stream, open);
    try {
      await this.#pump(stream, source, open);
      if (this.#streams.get(stream) === open) this.#socket.emit("stream-end", { stream, again: isEndless(source) });
    } catch (error) {
      if (open.controller.signal.aborted) return;
      // A broken stream is the engine's going away; a Problem is its considered answer.
      const again = !(error instanceof Problem) || error instanceof EngineAway;
      const message = error instanceof Problem ? { message: error.message } : {};
      this.#socket.emit("stream-end", { stream, again, ...message });
    } finally {
      if (this.#streams.get(stream) === open) this.#streams.delete(stream);
    }
  }

  async #pump(stream: string, source: StreamSource, { window, controller }: OpenStream): Promise<void> {
    const tenant = await this.#options.tenant();
    for await (const piece of openSource(tenant, source, controller.signal)) {
      if (controller.signal.aborted) return;
      window.sent(piece.bytes);
      this.#socket.emit("stream-data", { stream, ...piece });
      await window.room();
    }
  }

  #close(stream: string): void {
    const open = this.#streams.get(stream);
    this.#streams.delete(stream);
    open?.controller.abort();
    open?.window.release();
  }

  #input(terminal: string, data: string | Uint8Array): void {
    // The page knows whose keyboard it is: what comes nevertheless was on its way while it was handed over.
    if (!this.#options.room().mayWrite(terminal, this.#socket.data.member)) return;
    let input = this.#inputs.get(terminal);
    if (input === undefined) {
      input = new TerminalInput(this.#options.tenant, terminal, (error) => this.#gate.trouble(error));
      this.#inputs.set(terminal, input);
    }
    input.push(typeof data === "string" ? Buffer.from(data) : data);
  }
}

const endless: readonly StreamKind[] = ["files", "builds", "containers", "requests"];

/** Lists go on for ever: their end is never natural. */
function isEndless(source: StreamSource): boolean {
  return endless.includes(source.kind);
}
