import { constants } from "node:os";
import { Internal } from "../../errdefs/errors.ts";

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** A refused system call: what was tried, and why the kernel said no. */
export class KernelError extends Internal {
  /** positive `errno` */
  readonly errno: number;

  constructor(what: string, errno: number, detail?: string) {
    super(`${what}: ${names.get(errno) ?? `errno ${errno}`}${detail === undefined ? "" : ` (${detail})`}`);
    this.errno = errno;
  }
}

/** True if `error` is the kernel's answer with one of `codes`, e.g. `EEXIST`. */
export function isErrno(error: unknown, ...codes: (keyof typeof constants.errno)[]): error is KernelError {
  return error instanceof KernelError && codes.some((code) => constants.errno[code] === error.errno);
}
