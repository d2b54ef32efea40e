import type { Server as HttpServer, IncomingMessage } from "node:http";
import { Server } from "socket.io";
import { largestUpdate } from "../../contract/document-events.ts";
import { handshakeSchema } from "../../contract/socket-events.ts";
import type { ClientToServer, ServerToClient } from "../../contract/socket-events.ts";
import { Problem } from "../http/problem.ts";
import type { Membership } from "../members/membership.ts";
import type { Peers } from "../peers/peers.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Ending, WorkspaceService } from "../workspaces/workspace-service.ts";
import type { EngineMonitor } from "./engine-monitor.ts";
import type { DocumentHub } from "../documents/document-hub.ts";
import type { Rooms } from "../together/room.ts";
import { MessageLimit } from "./message-limit.ts";
import { OpenPages } from "./open-pages.ts";
import { SocketSession } from "./socket-session.ts";
import type { PlaygroundSocket, SocketData } from "./socket-gate.ts";
import { limitPings } from "./ping-limit.ts";
import { UnreadLimit } from "./unread-limit.ts";

/** How often pages are looked up while other webs cannot be heard, ms. */
const lookPeriod = 2000;

type PageServer = Server<ClientToServer, ServerToClient, BetweenWebs, SocketData>;

export interface SocketServerParts {
  sessions: Sessions;
  workspaces: WorkspaceService;
  membership: Membership;
  documents: DocumentHub;
  rooms: Rooms;
  monitor: EngineMonitor;
  /** the other webs of this playground */
  peers: Pick<Peers, "join" | "onReturn" | "trouble">;
  /** whether the request comes from the page's own origin, under a name we answer to */
  isOurs: (request: IncomingMessage) => boolean;
  /** how many messages one session may send; fewer in tests */
  messages?: MessageLimit;
}

/** What webs tell each other on the adapter. What could not be heard is made up for when it can again (`onReturn`). */
interface BetweenWebs {
  /** a member's role has changed, or it is none any more */
  "member-changed": (workspace: string, session: string) => void;
  ended: (workspace: string, ending: Ending) => void;
}

/** socket.io on the page's server: only our own page, only with a session, only for a workspace that it is somebody in. */
export function serveSockets(
  http: HttpServer,
  parts: SocketServerParts,
): { open: () => number; close: () => Promise<void> } {
  const io: PageServer = new Server(http, {
    serveClient: false,
    maxHttpBufferSize: largestUpdate + 64 * 1024,
    allowRequest: (request, callback) => callback(null, parts.isOurs(request)),
    // Others on the port (previews) have upgrades of their own.
    destroyUpgrade: false,
  });
  const pages = new OpenPages();
  const messages = parts.messages ?? new MessageLimit();
  messages.watch(io.engine);
  new UnreadLimit().watch(io.engine);
  limitPings(io.engine);
  io.use((socket, next) => {
    const enter = async (): Promise<void> => {
      await authorize(socket, parts);
      messages.admitted(socket);
      const leave = pages.enter(socket.data);
      if (socket.conn.readyState === "closed") leave();
      else socket.conn.once("close", leave);
    };
    enter().then(
      () => next(),
      (error: unknown) => next(refusal(error)),
    );
  });
  io.on("connection", (socket) => {
    const { workspace: id, session: asking } = socket.data;
    const session = new SocketSession(socket, {
      // Looked up each time: a workspace deleted meanwhile is no longer served.
      tenant: async () => parts.workspaces.tenant(await parts.workspaces.authorize(asking, id, "viewer")),
      documents: () => parts.documents.of(id),
      room: () => parts.rooms.of(id),
      renamed: async (name) => {
        const workspace = await parts.workspaces.authorize(asking, id, "viewer");
        await parts.membership.rename(workspace, asking, name);
      },
      touch: () => parts.workspaces.touch(id),
    });
    session.listen();
    socket.emit("engine", { up: parts.monitor.up, now: Date.now() });
  });
  parts.peers.join(io);
  const stop = [
    tellIdle(io, parts.workspaces),
    tellEndings(io, parts),
    parts.monitor.onChange((up) => {
      if (up) parts.workspaces.forgetTenants();
      // Each web looks for itself.
      io.local.emit("engine", { up, now: Date.now() });
    }),
  ];
  return {
    open: () => io.engine.clientsCount,
    close: async () => {
      for (const each of stop) each();
      await parts.documents.close();
      await io.close();
    },
  };
}

/** How long containers still run without activity, to each page of a workspace where that changes. */
function tellIdle(io: PageServer, workspaces: WorkspaceService): () => void {
  const told = new Map<string, number | null>();
  const look = async (): Promise<void> => {
    const open = new Set(socketsOf(io).map((socket) => socket.data.workspace));
    for (const id of open) {
      const left = await workspaces.endingSoon(id);
      if (left !== 0) await workspaces.present(id);
      if (left === (told.get(id) ?? null)) continue;
      told.set(id, left);
      for (const socket of socketsOf(io, id)) socket.emit("idle", { left });
    }
    for (const id of told.keys()) if (!open.has(id)) told.delete(id);
  };
  const clock = setInterval(() => {
    look().catch((error: unknown) => console.error("Looking for idle workspaces failed.", error));
  }, workspaces.endingPeriod).unref();
  return () => clearInterval(clock);
}

/** Sockets whose member or workspace is no more what it was begin anew, with what it is now: or they are refused. */
function tellEndings(io: PageServer, { workspaces, membership, peers }: SocketServerParts): () => void {
  const beginAnew = (workspace: string, session?: string): void => {
    for (const socket of socketsOf(io, workspace)) {
      if (session === undefined || socket.data.session === session) socket.conn.close();
    }
  };
  const end = (workspace: string, ending: Ending): void => {
    if (ending === "expired") beginAnew(workspace);
  };
  const stopMembers = membership.onChange((workspace, session) => {
    beginAnew(workspace, session);
    if (peers.onReturn !== undefined) io.serverSideEmit("member-changed", workspace, session);
  });
  const stopEndings = workspaces.onEnding((workspace, ending) => {
    end(workspace, ending);
    if (peers.onReturn !== undefined) io.serverSideEmit("ended", workspace, ending);
  });
  io.on("member-changed", beginAnew);
  io.on("ended", (workspace, ending) => {
    workspaces.forgetTenant(workspace);
    end(workspace, ending);
  });
  // What was told meanwhile was not heard.
  const stopReturns = peers.onReturn?.(() => {
    workspaces.forgetTenants();
    for (const socket of socketsOf(io)) socket.conn.close();
  });
  // Nor is it heard now: whoever is here is looked up.
  const clock = setInterval(() => {
    if (peers.trouble() !== undefined) for (const socket of socketsOf(io)) void closeUnlessAllowed(socket, workspaces);
  }, lookPeriod).unref();
  return () => {
    clearInterval(clock);
    for (const each of [stopMembers, stopEndings, stopReturns]) each?.();
  };
}

async function closeUnlessAllowed(socket: PlaygroundSocket, workspaces: WorkspaceService): Promise<void> {
  const { workspace, session, role } = socket.data;
  try {
    if ((await workspaces.authorize(session, workspace, "viewer")).role !== role) socket.conn.close();
  } catch (error) {
    if (error instanceof Problem) socket.conn.close();
    else console.error(`Workspace ${workspace}: who has a page open could not be looked up.`, error);
  }
}

/** As the page is told it: in words, and what it can do about it. */
function refusal(error: unknown): Error {
  const told = error instanceof Error ? error : new Error(String(error));
  return error instanceof Problem ? Object.assign(told, { data: { reason: error.reason } }) : told;
}

/** Of this web; of one workspace, or all. */
function socketsOf(io: PageServer, workspace?: string): PlaygroundSocket[] {
  const all: PlaygroundSocket[] = [...io.sockets.sockets.values()];
  return workspace === undefined ? all : all.filter((socket) => socket.data.workspace === workspace);
}

async function authorize(socket: PlaygroundSocket, parts: SocketServerParts): Promise<void> {
  const handshake = handshakeSchema.safeParse(socket.handshake.auth);
  if (!handshake.success) throw new Error("This page is older than the server: reload it.");
  const { token, name = "" } = handshake.data;
  const asking = token === undefined ? parts.sessions.read(socket.request) : parts.sessions.readToken(token);
  const workspace = await parts.workspaces.authorize(asking, handshake.data.workspace, "viewer");
  await parts.workspaces.enter(workspace);
  const { id, session, role, member } = workspace;
  socket.data = { workspace: id, session, role, member, name };
}
