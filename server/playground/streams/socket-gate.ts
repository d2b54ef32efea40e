import type { Socket } from "socket.io";
import type { z } from "zod";
import type { ClientToServer, ServerToClient } from "../../contract/socket-events.ts";
import type { Role } from "../../contract/together.ts";
import { allows } from "../../contract/together.ts";
import { refusals } from "../http/access.ts";
import type { Access } from "../http/access.ts";
import { Problem } from "../http/problem.ts";

/** What the handshake has found out. */
export interface SocketData {
  workspace: string;
  session: string;
  role: Role;
  /** what others know the session by */
  member: string;
  /** how the learner wants to be called */
  name: string;
}

export type PlaygroundSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;

/** Who may send what on a socket. The handshake has found out who it is; an event that is not here does not compile. */
export const eventAccess: Readonly<Record<keyof ClientToServer, Access>> = {
  "stream-open": "viewer",
  "stream-ack": "viewer",
  "stream-close": "viewer",
  "terminal-input": "editor",
  "terminal-resize": "editor",
  "person-move": "viewer",
  "person-name": "viewer",
  "terminal-ask": "editor",
  "terminal-give": "editor",
  "document-open": "viewer",
  "document-close": "viewer",
  "document-update": "editor",
  "document-restore": "editor",
  "document-save": "editor",
};

/** What somebody does, not only the page by itself: the workspace is in use. */
const activity: ReadonlySet<keyof ClientToServer> = new Set(["terminal-input", "document-update"]);

/** One socket's incoming events: only of whoever may send them, only of the schema's shape. */
export class SocketGate {
  readonly socket: PlaygroundSocket;
  readonly #touch: () => void;

  /** @param touch the workspace is in use */
  constructor(socket: PlaygroundSocket, touch: () => void) {
    this.socket = socket;
    this.#touch = touch;
  }

  /** What `handle` returns is the answer, where the page waits for one; the page is told of a failure. */
  on<Schema extends z.ZodType>(
    name: keyof ClientToServer,
    schema: Schema,
    handle: (message: z.output<Schema>) => unknown,
  ): void {
    const listener = (message: unknown, answer?: unknown): void => {
      const access = eventAccess[name];
      if (access !== "anyone" && !allows(this.socket.data.role, access)) {
        this.trouble(new Problem(403, refusals[access]));
        return;
      }
      const parsed = schema.safeParse(message);
      if (!parsed.success) {
        this.trouble(new Problem(400, "The page sent a message that this server does not understand."));
        return;
      }
      // Output that comes by itself is no activity.
      if (activity.has(name)) this.#touch();
      const handled = async (): Promise<void> => {
        const result = await handle(parsed.data);
        if (typeof answer === "function") answer(result);
      };
      handled().catch((error: unknown) => this.trouble(error));
    };
    this.socket.on(name, listener);
  }

  trouble(error: unknown): void {
    if (!(error instanceof Problem)) console.error("A message from a page could not be served.", error);
    const message = error instanceof Problem ? error.message : "Something went wrong on the server.";
    this.socket.emit("trouble", { message });
  }
}
