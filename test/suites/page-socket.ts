import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import { socketVersion } from "../../server/contract/socket-events.ts";
import type {
  ClientToServer,
  ServerToClient,
  StreamData,
  StreamKind,
  StreamPayloads,
  StreamSource,
} from "../../server/contract/socket-events.ts";
import { patience } from "./patience.ts";

interface Followed {
  source: StreamSource;
  onData: (payload: never, position: number) => void;
  onEnd: (message: string | undefined) => void;
}

/** A page's socket without a page: it takes its streams up again from where they were, as app/lib/connection.ts does. */
export class PageSocket {
  readonly socket: Socket<ServerToClient, ClientToServer>;
  readonly #streams = new Map<string, Followed>();
  #counter = 0;

  /** @param query beside the workspace, in the address of the socket */
  constructor(url: string, options: { workspace: string; cookie: string; query?: Record<string, string> }) {
    const { workspace, cookie, query = {} } = options;
    this.socket = io(url, {
      auth: { workspace, version: socketVersion },
      query: { workspace, ...query },
      extraHeaders: { cookie, origin: url },
      transports: ["websocket"],
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
      forceNew: true,
    });
    this.socket.on("connect", () => {
      for (const [stream, { source }] of this.#streams) this.socket.emit("stream-open", { stream, source });
    });
    this.socket.on("stream-data", (message) => this.#receive(message));
    this.socket.on("stream-end", ({ stream, again, message }) => {
      const followed = this.#streams.get(stream);
      if (followed === undefined) return;
      if (again) {
        setTimeout(() => this.socket.emit("stream-open", { stream, source: followed.source }), 200).unref();
        return;
      }
      this.#streams.delete(stream);
      followed.onEnd(message);
    });
  }

  /** Resolves when it is connected; rejects with the server's refusal. */
  connected(): Promise<void> {
    if (this.socket.connected) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the socket does not connect")), patience);
      this.socket.once("connect", () => resolve(clearTimeout(timer)));
      this.socket.on("connect_error", (error) => {
        // While it is active it tries again by itself.
        if (this.socket.active) return;
        clearTimeout(timer);
        reject(error);
      });
    });
  }

  /** Follows a stream to its end; `onEnd` is given the server's refusal, if that is what it was. */
  follow<Kind extends StreamKind>(
    source: Extract<StreamSource, { kind: Kind }>,
    onData: (payload: StreamPayloads[Kind], position: number) => void,
    onEnd: (message: string | undefined) => void = () => undefined,
  ): void {
    const stream = `s${++this.#counter}`;
    this.#streams.set(stream, { source, onData, onEnd });
    if (this.socket.connected) this.socket.emit("stream-open", { stream, source });
  }

  input(terminal: string, data: string): void {
    this.socket.emit("terminal-input", { terminal, data });
  }

  close(): void {
    this.#streams.clear();
    this.socket.close();
  }

  #receive({ stream, position, bytes, payload }: StreamData): void {
    const followed = this.#streams.get(stream);
    if (followed === undefined) return;
    followed.source = { ...followed.source, position };
    // The kind of the payload is that of the source it was opened with.
    followed.onData(payload as never, position);
    this.socket.emit("stream-ack", { stream, bytes });
  }
}
