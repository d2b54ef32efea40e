import { closeSync, constants, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { Conflict } from "../errdefs/errors.ts";
import { errnoCode, fileError } from "./errno.ts";

/*
 * Files of ours that are mounted in containers and belong to their root. A program there may have a lease on one
 * (fcntl(2), F_SETLEASE): who opens it waits for 45 seconds unless it says that it does not wait, and with it the thread.
 */

/** The file itself gets another content: mounts of it show that. @param shown for messages. @throws Conflict (a lease) */
export function writeInPlace(path: string, shown: string, content: string | Buffer): void {
  const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
  using file = open(path, shown, O_WRONLY | O_CREAT | O_TRUNC);
  writeFileSync(file.fd, content);
}

/** Bytes that are read. */
const most = 4 * 1024 ** 2;

/** The beginning: a container makes its own as long as it likes. @param shown for messages. @throws Conflict (a lease) */
export function readInPlace(path: string, shown: string): Buffer {
  using file = open(path, shown, constants.O_RDONLY);
  const bytes = Buffer.alloc(Math.min(fstatSync(file.fd).size, most));
  return bytes.subarray(0, readSync(file.fd, bytes, 0, bytes.length, 0));
}

function open(path: string, shown: string, flags: number): { fd: number } & Disposable {
  try {
    const fd = openSync(path, flags | constants.O_NONBLOCK | constants.O_NOFOLLOW, 0o644);
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  } catch (error) {
    if (errnoCode(error) !== "EAGAIN") throw fileError(shown, error);
    throw new Conflict(
      `${shown} of the container cannot be brought up to date: one of its programs has a lease on it`,
      {
        cause: error,
      },
    );
  }
}
