import { chmod, chown, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import { refuseConnection, tooManyConnections } from "./refusals.ts";

export interface SocketOwner {
  uid: number;
  gid: number;
  mode: number;
}

/**
 * Listens on a UNIX socket with the owner and mode given. What an earlier process left there is replaced.
 * @param most connections at once, asked for with each; more are refused
 */
export async function listenOn(
  server: Server,
  path: string,
  owner: SocketOwner,
  most?: () => number | undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o711 });
  await rm(path, { force: true });
  track(server, most);
  // The umask closes the moment between bind and chmod; it is process-wide, so it is put back at once.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path, backlog: 4096 }, () => {
        server.off("error", reject);
        resolve();
      });
      process.umask(umask);
    });
  } finally {
    process.umask(umask);
  }
  await chown(path, owner.uid, owner.gid);
  await chmod(path, owner.mode);
}

/** Listens on TCP. Who may connect is the server's own matter (TLS). */
export async function listenOnTcp(server: Server, where: { address: string; port: number }): Promise<void> {
  track(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: where.address, port: where.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Connections of each server, those that clients have taken over too: the server itself forgets these. */
const connections = new WeakMap<Server, Set<Socket>>();

function track(server: Server, most?: () => number | undefined): void {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on("connection", (socket: Socket) => {
    // It had been taken over, and goes on as HTTP.
    if (open.has(socket)) return;
    const limit = most?.() ?? Infinity;
    if (open.size >= limit) {
      // Nobody's leave to go is waited for: each holds a descriptor.
      socket.once("finish", () => socket.destroy());
      refuseConnection(socket, tooManyConnections(limit));
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

/** Stops accepting and cuts every connection, attached ones too. Removes the socket. */
export async function stopListening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    connections.get(server)?.forEach((socket) => socket.destroy());
  });
}
