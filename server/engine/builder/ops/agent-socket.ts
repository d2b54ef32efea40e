import { once } from "node:events";
import { chmodSync, chownSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { SafeRoot } from "../../mount/safe-path.ts";

const name = "agent";
/** Connections of one step at a time. */
const maxConnections = 32;

/**
 * A UNIX socket in `directory` that leads to an SSH agent, for the time of `body`.
 * @param agent path of the agent's socket
 * @param access ids on the host, permission bits
 */
export async function withAgentSocket<T>(
  agent: string,
  directory: string,
  access: { uid: number; gid: number; mode: number },
  body: (socket: string) => Promise<T>,
): Promise<T> {
  const open = new Set<Socket>();
  const server = createServer((step) => {
    const upstream = connect(agent);
    for (const socket of [step, upstream]) {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
    }
    // an agent that goes away is a closed connection for the step, which says so itself
    pipeline(step, upstream, () => undefined);
    pipeline(upstream, step, () => undefined);
  });
  server.maxConnections = maxConnections;
  // names of sockets have at most 107 bytes: this one is short whatever the directory's is
  using root = new SafeRoot(directory);
  using handle = root.locate("/", { directory: true });
  const short = `${handle.path}/${name}`;
  server.listen(short);
  await once(server, "listening");
  try {
    chownSync(short, access.uid, access.gid);
    chmodSync(short, access.mode);
    return await body(root.hostPath(name));
  } finally {
    for (const socket of open) {
      socket.destroy();
    }
    const closed = once(server, "close");
    server.close();
    await closed;
  }
}
