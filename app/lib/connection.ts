import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import type { OpenedDocument } from "#contract/document-events.ts";
import { socketVersion } from "#contract/socket-events.ts";
import type { ProblemReason } from "#contract/playground-api.ts";
import type {
  ClientToServer,
  ServerToClient,
  StreamData,
  StreamKind,
  StreamPayloads,
  StreamSource,
} from "#contract/socket-events.ts";
import { say } from "./engine-text.ts";
import { frameToken } from "./http.ts";
import { ownName } from "./person.ts";
import { setServerClock } from "./server-clock.ts";
import { Store } from "./store.ts";

/** How long an answer may take, ms. */
const answerPause = 15_000;

type Heard =
  | "document-update"
  | "document-saved"
  | "document-trouble"
  | "document-ended"
  | "room"
  | "person-moved"
  | "list-changed";
type Said =
  | "document-update"
  | "document-restore"
  | "document-close"
  | "person-move"
  | "person-name"
  | "terminal-ask"
  | "terminal-give";

export interface StreamHandlers<Kind extends StreamKind> {
  /** `position` is where the stream goes on after this payload; a promise holds back more of it */
  onData: (payload: StreamPayloads[Kind], position: number) => void | Promise<void>;
  /** its natural end, or the engine's refusal in words */
  onEnd?: (message: string | undefined) => void;
}

interface FollowedStream {
  source: StreamSource;
  onData: (payload: never, position: number) => void | Promise<void>;
  onEnd: ((message: string | undefined) => void) | undefined;
  retry: ReturnType<typeof setTimeout> | undefined;
}

export interface ConnectionState {
  connected: boolean;
  engineUp: boolean;
  /** the server refused this page: why */
  refused: string | undefined;
}

/** The page's socket. Streams are opened again from their last position after every interruption. */
export class Connection {
  readonly state = new Store<ConnectionState>({ connected: true, engineUp: true, refused: undefined });
  /** ms until containers are stopped for want of activity, if that is soon */
  readonly idle = new Store<number | null>(null);
  /** the workspace is live no more, or has lost its place: it is to be opened anew */
  readonly left = new Store(false);
  readonly trouble = new Store<string | undefined>(undefined);
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #streams = new Map<string, FollowedStream>();
  #counter = 0;

  constructor(workspace: string) {
    const token = frameToken();
    this.#socket = io({
      // A balancer before several webs sends all of a workspace to one of them.
      query: { workspace },
      auth: (answer) => {
        const frame = token === undefined ? {} : { token };
        answer({ workspace, version: socketVersion, name: ownName(), ...frame });
      },
      transports: ["websocket"],
      reconnectionDelay: 300,
      reconnectionDelayMax: 3000,
    });
    this.#socket.on("connect", () => {
      this.#change({ connected: true, refused: undefined });
      for (const [stream, { source }] of this.#streams) this.#socket.emit("stream-open", { stream, source });
    });
    this.#socket.on("disconnect", () => this.#change({ connected: false }));
    this.#socket.on("connect_error", (error: Error & { data?: { reason?: ProblemReason } }) => {
      if (error.data?.reason === "expired" || error.data?.reason === "waiting") this.left.set(true);
      // While it is not active, the server itself refused: trying again is of no use.
      this.#change(this.#socket.active ? { connected: false } : { connected: false, refused: say(error.message) });
    });
    this.#socket.on("engine", ({ up, now }) => {
      setServerClock(now);
      this.#change({ engineUp: up });
    });
    this.#socket.on("idle", ({ left }) => this.idle.set(left));
    this.#socket.on("trouble", ({ message }) => this.trouble.set(say(message)));
    this.#socket.on("stream-data", (message) => void this.#receive(message));
    this.#socket.on("stream-end", ({ stream, again, message }) => this.#end(stream, again, message));
    addEventListener("offline", this.#tryAnew);
  }

  close(): void {
    removeEventListener("offline", this.#tryAnew);
    for (const { retry } of this.#streams.values()) clearTimeout(retry);
    this.#streams.clear();
    this.#socket.close();
  }

  /** Follows a stream until its end or until the returned function is called. */
  follow<Kind extends StreamKind>(
    source: Extract<StreamSource, { kind: Kind }>,
    handlers: StreamHandlers<Kind>,
  ): () => void {
    const stream = `s${++this.#counter}`;
    this.#streams.set(stream, { source, onData: handlers.onData, onEnd: handlers.onEnd, retry: undefined });
    if (this.#socket.connected) this.#socket.emit("stream-open", { stream, source });
    return () => {
      clearTimeout(this.#streams.get(stream)?.retry);
      if (this.#streams.delete(stream) && this.#socket.connected) this.#socket.emit("stream-close", { stream });
    };
  }

  /** Keystrokes typed while the connection is away are dropped: nobody wants them all at once later. */
  input(terminal: string, data: string | Uint8Array): void {
    if (!this.#socket.connected) return;
    // A copy: zod's type is of bytes in a buffer of their own.
    this.#socket.emit("terminal-input", { terminal, data: typeof data === "string" ? data : new Uint8Array(data) });
  }

  /** What the page types for somebody who asked for it, as soon as there is a connection. */
  type(terminal: string, text: string): void {
    this.#socket.emit("terminal-input", { terminal, data: text });
  }

  resize(terminal: string, columns: number, rows: number): void {
    // Told again after every reconnection.
    if (this.#socket.connected) this.#socket.emit("terminal-resize", { terminal, columns, rows });
  }

  /** Listens to what is neither a stream nor about the connection. Returns the end of that. */
  on<Name extends Heard>(name: Name, listener: (message: Parameters<ServerToClient[Name]>[0]) => unknown): () => void {
    const heard = listener as never;
    this.#socket.on(name, heard);
    return () => this.#socket.off(name, heard);
  }

  /** Dropped while the connection is away. */
  send<Name extends Said>(name: Name, message: Parameters<ClientToServer[Name]>[0]): void {
    if (this.#socket.connected) this.#socket.emit(name, ...([message] as never));
  }

  /** undefined: there is no connection, or no answer. */
  async openDocument(message: Parameters<ClientToServer["document-open"]>[0]): Promise<OpenedDocument | undefined> {
    if (!this.#socket.connected) return undefined;
    try {
      return await this.#socket.timeout(answerPause).emitWithAck("document-open", message);
    } catch {
      return undefined;
    }
  }

  /** Resolves when everything sent before is in the files, or cannot be now. */
  async saveDocuments(): Promise<void> {
    if (!this.#socket.connected) return;
    // No answer: what needs the files tells what is wrong.
    await this.#socket
      .timeout(answerPause)
      .emitWithAck("document-save", {})
      .catch(() => undefined);
  }

  /** Without a network what is open may be dead and not know it. On this machine itself there is another one at once. */
  readonly #tryAnew = (): void => void this.#socket.io.engine.close();

  async #receive(message: StreamData): Promise<void> {
    const { stream, position, bytes, payload } = message;
    const followed = this.#streams.get(stream);
    if (followed === undefined) return;
    followed.source = { ...followed.source, position };
    try {
      // The kind of the payload is that of the source it was opened with.
      await followed.onData(payload as never, position);
    } finally {
      if (this.#socket.connected) this.#socket.emit("stream-ack", { stream, bytes });
    }
  }

  #end(stream: string, again: boolean, message: string | undefined): void {
    const followed = this.#streams.get(stream);
    if (followed === undefined) return;
    if (!again) {
      this.#streams.delete(stream);
      followed.onEnd?.(message);
      return;
    }
    followed.retry = setTimeout(() => {
      if (this.#socket.connected) this.#socket.emit("stream-open", { stream, source: followed.source });
    }, 700);
  }

  #change(change: Partial<ConnectionState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}
