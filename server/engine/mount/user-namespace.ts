import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { messageOf, Unavailable } from "../errdefs/errors.ts";
import { fileError } from "./errno.ts";
import type { IdMap } from "./mount.ts";

/** How many user namespaces are kept open; a mount holds its own reference, so closing an fd harms none. */
const maxOpen = 256;

/**
 * User namespaces that exist only as id maps for idmapped mounts (mount_setattr(2)). Each is made once by a child
 * that unshares and waits, is pinned by an open file descriptor, and outlives the child.
 */
export class UserNamespaces {
  readonly #open = new Map<string, Promise<number>>();

  /**
   * A file descriptor of a user namespace with `map`; it belongs to this object. With `writable` one more line lets
   * the host's root act too, as id `hostBase` on disk: overlayfs makes its work files as root, and without a mapping
   * for it the mount turns read-only.
   */
  async get(map: IdMap, writable: boolean): Promise<number> {
    const lines = [`${map.diskBase ?? 0} ${map.hostBase} ${map.size}`];
    // It is one of the ids already where the host's own are mapped.
    if (writable && map.hostBase > 0) {
      lines.push(`${map.hostBase} 0 1`);
    }
    const text = `${lines.join("\n")}\n`;
    let fd = this.#open.get(text);
    if (fd === undefined) {
      fd = createUserNamespace(text);
      this.#open.set(text, fd);
      fd.catch(() => this.#open.delete(text));
      this.#evict();
    } else {
      this.#open.delete(text);
      this.#open.set(text, fd);
    }
    return fd;
  }

  /** Closes all. */
  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const result of await Promise.allSettled(all)) {
      if (result.status === "fulfilled") {
        closeSync(result.value);
      }
    }
  }

  #evict(): void {
    for (const [text, fd] of this.#open) {
      if (this.#open.size <= maxOpen) {
        return;
      }
      this.#open.delete(text);
      // Later than any mount that just got it: callers use the fd in the same turn they receive it.
      fd.then(
        (number) => setTimeout(() => closeSync(number), 10_000).unref(),
        () => {},
      );
    }
  }
}

/** @throws Unavailable when this kernel or machine does not allow user namespaces */
async function createUserNamespace(map: string): Promise<number> {
  const child = spawn("unshare", ["--user", "--", "/bin/sh", "-c", "echo ready; read -r end"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  const exited = once(child, "close").then(
    () => {},
    (error: unknown) => void (complaint = messageOf(error)),
  );
  // A child that fails closes its pipes early; the error below tells why.
  child.stdin.on("error", () => {});
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  try {
    const ready = await Promise.race([once(child.stdout, "data").then(() => true), exited.then(() => false)]);
    if (!ready || child.pid === undefined) {
      throw new Unavailable(
        `cannot make a user namespace: ${complaint.trim() || "unshare failed"}. Check that user.max_user_namespaces is not 0.`,
      );
    }
    const proc = `/proc/${child.pid}`;
    try {
      writeFileSync(`${proc}/uid_map`, map);
      writeFileSync(`${proc}/gid_map`, map);
      return openSync(`${proc}/ns/user`, "r");
    } catch (error) {
      throw fileError(`mapping the ids ${map.trim().replaceAll("\n", ", ")} into a user namespace`, error);
    }
  } finally {
    child.stdin.end();
    await exited;
  }
}
