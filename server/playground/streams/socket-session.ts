import type { Socket } from "socket.io";
import type { z } from "zod";
import {
  acknowledgeSchema,
  closeStreamSchema,
  openStreamSchema,
  streamsPerSocket,
  streamWindow,
  terminalInputSchema,
  terminalResizeSchema,
} from "../../contract/socket-events.ts";
import type { ClientToServer, ServerToClient, StreamKind, StreamSource } from "../../contract/socket-events.ts";
import type { Role } from "../../contract/together.ts";
import { allows } from "../../contract/together.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { refusals } from "../http/access.ts";
import type { Access } from "../http/access.ts";
import { EngineAway, Problem } from "../http/problem.ts";
import { openSource } from "./sources.ts";
import { TerminalInput } from "./terminal-input.ts";
import { Window } from "./window.ts";

/** What the handshake has found out. */
export interface SocketData {
  workspace: string;
  session: string;
  role: Role;
}

export type PlaygroundSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;

/** Who may send what on a socket. The handshake has found out who it is; an event that is not here does not compile. */
export const eventAccess: Readonly<Record<keyof ClientToServer, Access>> = {
  "stream-open": "viewer",
  "stream-ack": "viewer",
  "stream-close": "viewer",
  "terminal-input": "editor",
  "terminal-resize": "editor",
};

/** What one socket may do: everything goes through `tenant()`, which is its own workspace's. */
export interface SessionOptions {
  tenant: () => Promise<TenantClient>;
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
  readonly #options: SessionOptions;
  readonly #streams = new Map<string, OpenStream>();
  readonly #inputs = new Map<string, TerminalInput>();

  constructor(socket: PlaygroundSocket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** To be called once. */
  listen(): void {
    this.#on("stream-open", openStreamSchema, (message) => this.#open(message.stream, message.source));
    this.#on("stream-ack", acknowledgeSchema, ({ stream, bytes }) => {
      this.#streams.get(stream)?.window.acknowledged(bytes);
    });
    this.#on("stream-close", closeStreamSchema, ({ stream }) => this.#close(stream));
    this.#on("terminal-input", terminalInputSchema, ({ terminal, data }) => this.#input(terminal, data));
    this.#on("terminal-resize", terminalResizeSchema, async ({ terminal, columns, rows }) => {
      const tenant = await this.#options.tenant();
      await tenant.resizeTerminal(terminal, columns, rows);
    });
    this.#socket.on("disconnect", () => {
      for (const stream of this.#streams.keys()) this.#close(stream);
    });
  }

  /** Handles an event of whoever may send it, with messages of the schema's shape only; the page is told of a failure. */
  #on<Schema extends z.ZodType>(
    name: keyof ClientToServer,
    schema: Schema,
    handle: (message: z.output<Schema>) => void | Promise<void>,
  ): void {
    const listener = (message: unknown): void => {
      const access = eventAccess[name];
      if (access !== "anyone" && !allows(this.#socket.data.role, access)) {
        this.#trouble(new Problem(403, refusals[access]));
        return;
      }
      const parsed = schema.safeParse(message);
      if (!parsed.success) {
        this.#trouble(new Problem(400, "The page sent a message that this server does not understand."));
        return;
      }
      // Output that comes by itself is no activity.
      if (name === "terminal-input") this.#options.touch();
      const handled = async (): Promise<void> => handle(parsed.data);
      handled().catch((error: unknown) => this.#trouble(error));
    };
    this.#socket.on(name, listener);
  }

  async #open(stream: string, source: StreamSource): Promise<void> {
    this.#close(stream);
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

  async #input(terminal: string, data: string | Uint8Array): Promise<void> {
    let input = this.#inputs.get(terminal);
    if (input === undefined) {
      const tenant = await this.#options.tenant();
      // Two first keystrokes may both have waited for the tenant.
      input = this.#inputs.get(terminal) ?? new TerminalInput(tenant, terminal, (error) => this.#trouble(error));
      this.#inputs.set(terminal, input);
    }
    input.push(typeof data === "string" ? Buffer.from(data) : data);
  }

  #trouble(error: unknown): void {
    if (!(error instanceof Problem)) console.error("A message from a page could not be served.", error);
    const message = error instanceof Problem ? error.message : "Something went wrong on the server.";
    this.#socket.emit("trouble", { message });
  }
}

const endless: readonly StreamKind[] = ["files", "builds", "containers", "requests"];

/** Lists go on for ever: their end is never natural. */
function isEndless(source: StreamSource): boolean {
  return endless.includes(source.kind);
}
