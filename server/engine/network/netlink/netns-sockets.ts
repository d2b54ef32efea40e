import { closeSync } from "node:fs";
import { constants } from "node:os";
import { KernelError } from "./kernel-error.ts";
import * as libc from "./libc.ts";
import { type Netns, within } from "./netns.ts";

/**
 * Sockets made inside a container's network namespace, as file descriptors for `dgram`'s `bind({ fd })`,
 * `net`'s `listen({ fd })` and `new Socket({ fd })`. Who takes a descriptor closes it.
 */

/** A UDP socket bound to `address:port`; port 0 is any. */
export function udpSocket(netns: Netns, address: string, port: number): number {
  return within(netns, () => bound(libc.SOCK_DGRAM, address, port));
}

/** A TCP socket bound to `address:port`, not yet listening. */
export function tcpSocket(netns: Netns, address: string, port: number): number {
  return within(netns, () => bound(libc.SOCK_STREAM, address, port));
}

/** A TCP socket connecting (not yet connected) to `address:port`. */
export function tcpConnection(netns: Netns, address: string, port: number): number {
  const fd = within(netns, () => bound(libc.SOCK_STREAM, address.includes(":") ? "::" : "0.0.0.0", 0));
  const target = libc.sockaddr(address, port);
  if (libc.connect(fd, target, target.length) !== 0 && libc.errno() !== constants.errno.EINPROGRESS) {
    const code = libc.errno();
    closeSync(fd);
    throw new KernelError(`connect to ${address}:${port}`, code);
  }
  return fd;
}

function bound(type: number, address: string, port: number): number {
  const fd = libc.socket(
    address.includes(":") ? libc.AF_INET6 : libc.AF_INET,
    type | libc.SOCK_NONBLOCK | libc.SOCK_CLOEXEC,
    0,
  );
  if (fd < 0) {
    throw new KernelError("open a socket in a container", libc.errno());
  }
  // TCP: no wait after a restart; UDP: lets a DNS server in the container have port 53 of the other addresses
  const on = new Uint8Array(Int32Array.of(1).buffer);
  libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_REUSEADDR, on, on.length);
  const where = libc.sockaddr(address, port);
  if (libc.bind(fd, where, where.length) !== 0) {
    const code = libc.errno();
    closeSync(fd);
    throw new KernelError(`bind ${address}:${port} in a container`, code);
  }
  return fd;
}
