import koffi from "koffi";
import { addressBytes } from "../cidr.ts";

/**
 * The few system calls that Node lacks and networks need, through koffi.
 *
 * All are thin: return value and `errno` as libc gives them. Callers turn failures into engine errors with
 * `KernelError`, which names the call and the object.
 */
const libc = koffi.load("libc.so.6");

export const socket = libc.func("int socket(int domain, int type, int protocol)") as (
  domain: number,
  type: number,
  protocol: number,
) => number;
export const bind = libc.func("int bind(int fd, const void *address, uint32_t length)") as (
  fd: number,
  address: Uint8Array,
  length: number,
) => number;
export const connect = libc.func("int connect(int fd, const void *address, uint32_t length)") as typeof bind;
export const setsockopt = libc.func(
  "int setsockopt(int fd, int level, int option, const void *value, uint32_t length)",
) as (fd: number, level: number, option: number, value: Uint8Array, length: number) => number;
export const send = libc.func("intptr_t send(int fd, const void *data, size_t length, int flags)") as ((
  fd: number,
  data: Uint8Array,
  length: number,
  flags: number,
) => number) & {
  /** on a worker thread; the callback gets the return value */
  async(
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    done: (error: Error | null, sent: number) => void,
  ): void;
};
export const recv = libc.func("intptr_t recv(int fd, void *data, size_t length, int flags)") as (
  fd: number,
  data: Uint8Array,
  length: number,
  flags: number,
) => number;
export const memfdCreate = libc.func("int memfd_create(const char *name, unsigned int flags)") as (
  name: string,
  flags: number,
) => number;
export const setns = libc.func("int setns(int fd, int type)") as (fd: number, type: number) => number;

/** `errno` of the last synchronous call above. */
export function errno(): number {
  return koffi.errno();
}

export const MFD_CLOEXEC = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_RCVTIMEO = 20;
export const CLONE_NEWNET = 0x40000000;

/** `struct sockaddr_in` or `sockaddr_in6` of an address (ip(7), ipv6(7)). */
export function sockaddr(address: string, port: number): Uint8Array {
  const bytes = addressBytes(address);
  const v4 = bytes.length === 4;
  const struct = new Uint8Array(v4 ? 16 : 28);
  const view = new DataView(struct.buffer);
  view.setUint16(0, v4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port, false);
  struct.set(bytes, v4 ? 4 : 8);
  return struct;
}
