import { closeSync } from "node:fs";
import { constants } from "node:os";
import { KernelError } from "./kernel-error.ts";
import {
  AF_NETLINK,
  errno,
  recv,
  send,
  setsockopt,
  SO_RCVTIMEO,
  SOCK_CLOEXEC,
  SOCK_RAW,
  socket,
  SOL_SOCKET,
} from "./libc.ts";
import { decodeAttributes, decodeMessages, encodeMessage, type NetlinkMessage, textOf, viewOf } from "./message.ts";
import { type Netns, within } from "./netns.ts";

export const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_REPLACE = 0x100;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/**
 * A netlink socket (netlink(7)). It belongs to the network namespace it was made in, whatever the thread does later.
 *
 * `request`, `query` and `dump` are synchronous: the kernel answers within the `send`, in tens of microseconds, unless
 * somebody has its one lock on all networks meanwhile. `slowly` blocks a worker thread: it is for what waits for grace
 * periods in the kernel with that lock held (deleting devices), and for waiting until it is free.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(64 * 1024);
  #sequence = 0;
  #slow: Promise<void> = Promise.resolve();

  /** @param netns the namespace to work in; the thread's own by default */
  constructor(netns?: Netns) {
    const open = () => socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    this.#fd = netns === undefined ? open() : within(netns, open);
    if (this.#fd < 0) {
      throw new KernelError("open a netlink socket", errno());
    }
    const on = new Uint8Array(Int32Array.of(1).buffer);
    setsockopt(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, on, on.length);
    setsockopt(this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, on, on.length);
    // a lost answer must not hang drydockd
    const fiveSeconds = new Uint8Array(BigInt64Array.of(5n, 0n).buffer);
    setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, fiveSeconds, fiveSeconds.length);
  }

  /** @throws KernelError with the kernel's `errno` */
  request(what: string, type: number, flags: number, payload: Uint8Array): void {
    const message = this.#encode(type, flags | NLM_F_ACK, payload);
    this.#check(what, send(this.#fd, message, message.length, 0));
    this.#answers(what);
  }

  /** A request that one message answers. */
  query(what: string, type: number, payload: Uint8Array): NetlinkMessage[] {
    const message = this.#encode(type, NLM_F_ACK, payload);
    this.#check(what, send(this.#fd, message, message.length, 0));
    return this.#answers(what);
  }

  dump(what: string, type: number, payload: Uint8Array): NetlinkMessage[] {
    const message = this.#encode(type, NLM_F_DUMP, payload);
    this.#check(what, send(this.#fd, message, message.length, 0));
    return this.#answers(what);
  }

  /** One after the other; do not mix with the others on the same socket. */
  slowly(what: string, type: number, payload: Uint8Array): Promise<NetlinkMessage[]> {
    const run = this.#slow.then(async () => {
      const message = this.#encode(type, NLM_F_ACK, payload);
      const sent = await new Promise<number>((resolve, reject) => {
        send.async(this.#fd, message, message.length, 0, (error, result) =>
          error === null ? resolve(result) : reject(error),
        );
      });
      if (sent < 0) {
        throw new KernelError(what, constants.errno.EIO);
      }
      return this.#answers(what);
    });
    this.#slow = run.then(
      () => undefined,
      () => undefined,
    ); // the caller has the rejection; the queue goes on
    return run;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #encode(type: number, flags: number, payload: Uint8Array): Uint8Array {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return encodeMessage(type, flags | NLM_F_REQUEST, this.#sequence, payload);
  }

  #answers(what: string): NetlinkMessage[] {
    const collected: NetlinkMessage[] = [];
    for (;;) {
      const length = this.#check(what, recv(this.#fd, this.#buffer, this.#buffer.length, 0));
      for (const message of decodeMessages(this.#buffer.slice(0, length))) {
        if (message.sequence !== this.#sequence) {
          continue;
        }
        if (message.type === NLMSG_DONE) {
          return collected;
        }
        if (message.type === NLMSG_ERROR) {
          const code = -viewOf(message.payload).getInt32(0, true);
          if (code !== 0) {
            // after the error: the request's header, then NLMSGERR_ATTR_MSG (1)
            const detail = textOf(decodeAttributes(message.payload.subarray(20)).get(1));
            throw new KernelError(what, code, detail === "" ? undefined : detail);
          }
          return collected;
        }
        collected.push(message);
      }
    }
  }

  #check(what: string, result: number): number {
    if (result < 0) {
      throw new KernelError(what, errno());
    }
    return result;
  }
}
