import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { FailedPrecondition } from "../engine/errdefs/errors.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Makes sure that one process works on a state directory: a lock (flock(2)) on `<data>/lock`, which the kernel takes
 * away with the process, however it ends.
 * @returns what releases it. @throws FailedPrecondition naming the process that has it
 */
export function lockState(data: string): () => void {
  mkdirSync(data, { recursive: true, mode: 0o711 });
  const path = join(data, "lock");
  const fd = openSync(path, "a+", 0o600);
  const flock = koffi.load("libc.so.6").func("int flock(int fd, int operation)") as (
    fd: number,
    operation: number,
  ) => number;
  if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    const holder = readFileSync(path, "utf8").trim();
    closeSync(fd);
    throw new FailedPrecondition(
      `another drydockd${holder === "" ? "" : ` (process ${holder})`} works on ${data}: stop it first, or give this one another --data`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return () => closeSync(fd);
}
