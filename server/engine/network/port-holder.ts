import { createSocket, type RemoteInfo } from "node:dgram";
import { connect, createServer, isIPv6, type Socket } from "node:net";
import { Unknown } from "../errdefs/errors.ts";
import type { Netns } from "./netlink/netns.ts";
import { tcpSocket, udpSocket } from "./netlink/netns-sockets.ts";
import type { PortBinding } from "./network-service.ts";

/** Where what comes to a held port goes; undefined: nowhere. */
export type Target = () => { address: string; port: number } | undefined;

/** How long a UDP client's return path is kept without a packet. Milliseconds. */
const udpIdle = 90_000;
/** UDP clients of one port at once: more are not answered. */
const udpClients = 1_000;
/** TCP connections of one port at once inside a container: each takes descriptors of ours. */
const insideConnections = 256;

/**
 * A socket of ours bound to a host's port, so that no other program takes it and conflicts show at once.
 *
 * The firewall sends nearly everything to the container before it is seen here, also while `drydockd` is away. What does
 * arrive is passed on: connections over IPv6 to a container that has only IPv4, and those to ::1. With `netns` it is
 * a port inside that container, and everything is passed on.
 * @returns what lets the port go
 * @throws KernelError with `netns`, else Node's own errors
 */
export function holdPort(binding: PortBinding, target: Target, netns?: Netns): Promise<() => void> {
  switch (binding.protocol) {
    case "tcp":
      return holdTcp(binding, target, netns);
    case "udp":
      return holdUdp(binding, target, netns);
    default:
      return Promise.reject(new Unknown("Error starting userland proxy: protocol not supported"));
  }
}

function holdTcp(binding: PortBinding, target: Target, netns: Netns | undefined): Promise<() => void> {
  const open = new Set<Socket>();
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const to = target();
      if (to === undefined) {
        client.resetAndDestroy();
        return;
      }
      join(client, connect({ host: to.address, port: to.port, allowHalfOpen: true, noDelay: true }), open);
    });
    server.once("error", reject);
    const { hostAddress: host, hostPort: port } = binding;
    if (netns !== undefined) server.maxConnections = insideConnections;
    const where =
      netns === undefined
        ? { host, port, exclusive: true, ipv6Only: isIPv6(host) }
        : { fd: tcpSocket(netns, host, port), exclusive: true };
    server.listen(where, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      server.unref();
      resolve(() => {
        server.close();
        open.forEach((socket) => socket.destroy());
      });
    });
  });
}

/** Both directions, each end closed when the other has closed its half; a broken side breaks the other. */
function join(client: Socket, container: Socket, open: Set<Socket>): void {
  for (const [from, to] of [
    [client, container],
    [container, client],
  ] as const) {
    open.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      open.delete(from);
      if (from.errored !== null) to.destroy();
    });
    from.pipe(to);
  }
}

function holdUdp(binding: PortBinding, target: Target, netns: Netns | undefined): Promise<() => void> {
  const clients = new Map<string, ReturnType<typeof udpReturnPath>>();
  return new Promise((resolve, reject) => {
    const type = isIPv6(binding.hostAddress) ? "udp6" : "udp4";
    const socket = createSocket({ type, ipv6Only: type === "udp6" });
    socket.on("message", (message, from) => {
      // From no port, which takes a raw socket: there is nowhere to send an answer to, and send() would throw.
      if (from.port === 0) return;
      const key = `${from.address} ${from.port}`;
      const to = target();
      let path = clients.get(key);
      if (path === undefined && to !== undefined && clients.size < udpClients) {
        path = udpReturnPath(
          to,
          (answer) => socket.send(answer, from.port, from.address, () => undefined),
          () => clients.delete(key),
        );
        clients.set(key, path);
      }
      path?.send(message);
    });
    socket.once("error", reject);
    const { hostAddress: address, hostPort: port } = binding;
    const where = netns === undefined ? { address, port } : { fd: udpSocket(netns, address, port) };
    socket.bind({ ...where, exclusive: true }, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      socket.unref();
      resolve(() => {
        clients.forEach((path) => path.close());
        socket.close();
      });
    });
  });
}

/** One client's socket to the container, with its answers. */
function udpReturnPath(
  to: { address: string; port: number },
  answer: (message: Buffer, from: RemoteInfo) => void,
  onClose: () => void,
) {
  const socket = createSocket(isIPv6(to.address) ? "udp6" : "udp4");
  socket.unref();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    clearTimeout(idle);
    onClose();
    socket.close();
  };
  const idle = setTimeout(close, udpIdle).unref();
  socket.on("message", answer);
  socket.on("error", close);
  return {
    send(message: Buffer) {
      idle.refresh();
      socket.send(message, to.port, to.address, () => undefined);
    },
    close,
  };
}
