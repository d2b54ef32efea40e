import { closeSync, openSync } from "node:fs";
import { NotFound } from "../../errdefs/errors.ts";
import { KernelError } from "./kernel-error.ts";
import { CLONE_NEWNET, errno, setns } from "./libc.ts";

/** A network namespace held open: it lives on, and a reused pid cannot stand in for it. */
export class Netns implements Disposable {
  #fd: number | undefined;

  /** @param path `/proc/<pid>/ns/net` or a bind mount of one. @throws NotFound */
  constructor(path: string) {
    try {
      this.#fd = openSync(path, "r");
    } catch (cause) {
      throw new NotFound(`network namespace ${path} is gone: its process has ended`, { cause });
    }
  }

  /** @throws NotFound once it is closed: its number may be another container's namespace by then */
  get fd(): number {
    if (this.#fd === undefined) throw new NotFound("the network namespace is not held any more");
    return this.#fd;
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}

let own: Netns | undefined;

/**
 * Runs `body` with the calling thread in `netns` (setns(2)) and takes it back afterwards, whatever happens.
 *
 * `body` must be synchronous: nothing else may run on the thread meanwhile, and it must start no process.
 * Files of /proc/sys/net opened inside are those of `netns`; sockets made inside belong to it for good.
 */
export function within<T>(netns: Netns, body: () => T): T {
  own ??= new Netns("/proc/thread-self/ns/net");
  if (setns(netns.fd, CLONE_NEWNET) !== 0) {
    throw new KernelError("enter a network namespace", errno());
  }
  try {
    return body();
  } finally {
    if (setns(own.fd, CLONE_NEWNET) !== 0) {
      // going on would let every later socket of drydockd act inside a container: nothing is worse
      process.stderr.write(`drydockd: cannot leave a container's network namespace (errno ${errno()}): stopping\n`);
      process.abort();
    }
  }
}
