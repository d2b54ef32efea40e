import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { ioctl } from "../../engine/mount/libc.ts";

/** linux/sockios.h, SIOCOUTQ: what the other side of a socket has not taken yet (unix(7), tcp(7)). */
const SIOCOUTQ = 0x5411;
/** A client that reads nothing at all waits so long for its first byte. Milliseconds. */
const patience = 1_000;
/** Between two looks. Milliseconds. */
const interval = 2;

/**
 * Resolves when the client has taken the head of an answer out of its socket, or after a second.
 *
 * docker-py and others read the head through a buffer and what follows past it: what comes in one piece with the head
 * they lose. A start by dockerd takes so long that they are never that late; here a program has said something after 10 ms.
 */
export async function headTaken(socket: Duplex): Promise<void> {
  const until = performance.now() + patience;
  while (!socket.destroyed && isWaiting(socket) && performance.now() < until) await delay(interval);
}

function isWaiting(socket: Duplex): boolean {
  const fd = socket instanceof Socket ? descriptorOf(socket) : -1;
  if (fd < 0) return false;
  const bytes = Buffer.alloc(4);
  return socket.writableLength > 0 || (ioctl(fd, SIOCOUTQ, bytes) === 0 && bytes.readInt32LE() > 0);
}

/** Node has no public name for it. -1: there is none, as beneath TLS. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null };
  return handle?.fd ?? -1;
}
