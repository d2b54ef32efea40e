import { closeSync, readlinkSync } from "node:fs";
import { callError, fileError } from "./errno.ts";
import { decodeName } from "./libc.ts";
import { fdPath } from "./safe-stat.ts";

/** An open file descriptor, and the path under which `node:fs` functions reach exactly that file. Close it. */
export interface SafeHandle extends Disposable {
  readonly fd: number;
  /** `/proc/self/fd/N`: valid in this process until closed, whatever happens to the names on disk */
  readonly path: string;
  close(): void;
}

/** Of a descriptor that is the handle's from now on. */
export function handleOf(fd: number): SafeHandle {
  const close = () => closeSync(fd);
  return { fd, path: fdPath(fd), close, [Symbol.dispose]: close };
}

/** The host's path of what is open. @param shown for messages. @throws InvalidArgument when it is longer than paths may be */
export function hostPathOf(handle: SafeHandle, shown: string): string {
  try {
    return decodeName(readlinkSync(handle.path, { encoding: "buffer" }));
  } catch (error) {
    throw fileError(shown, error);
  }
}

/** What a system call gave. @throws the error that it gave instead, with `what` in its message */
export function must(call: string, result: number, what: string): number {
  if (result < 0) {
    throw callError(call, result, what);
  }
  return result;
}
