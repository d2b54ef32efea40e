import type { Server as HttpServer, IncomingMessage } from "node:http";
import { Server } from "socket.io";
import { handshakeSchema } from "../../contract/socket-events.ts";
import type { ClientToServer, ServerToClient } from "../../contract/socket-events.ts";
import { Problem } from "../http/problem.ts";
import type { Membership } from "../members/membership.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { WorkspaceService } from "../workspaces/workspace-service.ts";
import type { EngineMonitor } from "./engine-monitor.ts";
import { SocketSession } from "./socket-session.ts";
import type { PlaygroundSocket, SocketData } from "./socket-session.ts";

export interface SocketServerParts {
  sessions: Sessions;
  workspaces: WorkspaceService;
  membership: Membership;
  monitor: EngineMonitor;
  /** whether the request comes from the page's own origin, under a name we answer to */
  isOurs: (request: IncomingMessage) => boolean;
}

/** socket.io on the page's server: only our own page, only with a session, only for a workspace that it is somebody in. */
export function serveSockets(
  http: HttpServer,
  parts: SocketServerParts,
): { open: () => number; close: () => Promise<void> } {
  const io = new Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>(http, {
    serveClient: false,
    maxHttpBufferSize: 256 * 1024,
    allowRequest: (request, callback) => callback(null, parts.isOurs(request)),
    // Others on the port (previews) have upgrades of their own.
    destroyUpgrade: false,
  });
  io.use((socket, next) => {
    authorize(socket, parts).then(
      () => next(),
      (error: unknown) => next(refusal(error)),
    );
  });
  io.on("connection", (socket) => {
    const { workspace: id, session: asking } = socket.data;
    const session = new SocketSession(socket, {
      // Looked up each time: a workspace deleted meanwhile is no longer served.
      tenant: async () => parts.workspaces.tenant(await parts.workspaces.authorize(asking, id, "viewer")),
      touch: () => parts.workspaces.touch(id),
    });
    session.listen();
    socket.emit("engine", { up: parts.monitor.up });
  });
  const told = new Map<string, number | null>();
  const tellIdle = async (): Promise<void> => {
    const open = new Set([...io.sockets.sockets.values()].map((socket) => socket.data.workspace));
    for (const id of open) {
      const left = await parts.workspaces.endingSoon(id);
      if (left !== 0) parts.workspaces.present(id);
      if (left === (told.get(id) ?? null)) continue;
      told.set(id, left);
      for (const socket of io.sockets.sockets.values()) {
        if (socket.data.workspace === id) socket.emit("idle", { left });
      }
    }
    for (const id of told.keys()) if (!open.has(id)) told.delete(id);
  };
  const clock = setInterval(() => {
    tellIdle().catch((error: unknown) => console.error("Looking for idle workspaces failed.", error));
  }, parts.workspaces.endingPeriod).unref();
  // A member's sockets begin anew, with what it is now: a removed one's are refused.
  const stopMembers = parts.membership.onChange((workspace, session) => {
    for (const socket of io.sockets.sockets.values()) {
      if (socket.data.workspace === workspace && socket.data.session === session) socket.conn.close();
    }
  });
  const stopExpired = parts.workspaces.onExpired((workspace) => {
    for (const socket of io.sockets.sockets.values()) if (socket.data.workspace === workspace) socket.conn.close();
  });
  const unsubscribe = parts.monitor.onChange((up) => {
    if (up) parts.workspaces.forgetTenants();
    io.emit("engine", { up });
  });
  return {
    open: () => io.engine.clientsCount,
    close: async () => {
      unsubscribe();
      stopMembers();
      stopExpired();
      clearInterval(clock);
      await io.close();
    },
  };
}

/** As the page is told it: in words, and what it can do about it. */
function refusal(error: unknown): Error {
  const told = error instanceof Error ? error : new Error(String(error));
  return error instanceof Problem ? Object.assign(told, { data: { reason: error.reason } }) : told;
}

async function authorize(socket: PlaygroundSocket, parts: SocketServerParts): Promise<void> {
  const handshake = handshakeSchema.safeParse(socket.handshake.auth);
  if (!handshake.success) throw new Error("This page is older than the server: reload it.");
  const { token } = handshake.data;
  const asking = token === undefined ? parts.sessions.read(socket.request) : parts.sessions.readToken(token);
  const workspace = await parts.workspaces.authorize(asking, handshake.data.workspace, "viewer");
  await parts.workspaces.enter(workspace);
  const { id, session, role } = workspace;
  socket.data = { workspace: id, session, role };
}
