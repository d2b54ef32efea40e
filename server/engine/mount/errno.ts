import { constants } from "node:os";
import {
  AlreadyExists,
  Conflict,
  DiskFull,
  type EngineError,
  FailedPrecondition,
  Internal,
  InvalidArgument,
  isEngineError,
  messageOf,
  NotFound,
  NotImplemented,
  PermissionDenied,
  ResourceExhausted,
} from "../errdefs/errors.ts";

/** The errno numbers of this machine, by name (`errno.ENOENT`). */
export const errno = constants.errno;

const names = new Map<number, string>(Object.entries(errno).map(([name, number]) => [number, name]));

/** A failed system call as it came from the kernel: the `cause` of the engine error made from it. */
export class SystemCallError extends Error {
  readonly call: string;
  readonly errno: number;
  /** symbolic, as in node's own errors: `ENOENT` */
  readonly code: string;

  constructor(call: string, number: number) {
    const code = names.get(number) ?? `errno ${number}`;
    super(`${call}: ${code}`);
    this.name = "SystemCallError";
    this.call = call;
    this.errno = number;
    this.code = code;
  }
}

const texts: Record<string, string> = {
  ENOENT: "no such file or directory",
  EEXIST: "file exists",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOSPC: "no space left on the disk",
  EDQUOT: "disk quota exceeded",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
  ENOMEM: "out of memory",
  EINVAL: "invalid argument",
  ENAMETOOLONG: "file name too long",
  ELOOP: "too many levels of symbolic links",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  EXDEV: "crosses a mount point or leaves the tree",
  ENOTEMPTY: "directory not empty",
  EBUSY: "device or resource busy",
  EROFS: "read-only file system",
  EFBIG: "file too large",
  EOVERFLOW: "value too large (an id outside the mapped range?)",
  EIO: "input/output error",
  ENOSYS: "the kernel does not have this system call",
  EOPNOTSUPP: "not supported by this file system",
  ETXTBSY: "the file is being executed",
};

type ErrorConstructor = new (message: string, options?: { cause?: unknown }) => EngineError;

const classes: Record<string, ErrorConstructor> = {
  ENOENT: NotFound,
  ENXIO: NotFound,
  EEXIST: AlreadyExists,
  EACCES: PermissionDenied,
  EPERM: PermissionDenied,
  EROFS: PermissionDenied,
  ENOSPC: DiskFull,
  EDQUOT: DiskFull,
  EMFILE: ResourceExhausted,
  ENFILE: ResourceExhausted,
  ENOMEM: ResourceExhausted,
  EFBIG: ResourceExhausted,
  EINVAL: InvalidArgument,
  ENAMETOOLONG: InvalidArgument,
  ELOOP: InvalidArgument,
  ENOTDIR: InvalidArgument,
  EISDIR: InvalidArgument,
  EXDEV: InvalidArgument,
  ENOTEMPTY: Conflict,
  EBUSY: Conflict,
  ETXTBSY: Conflict,
  EOVERFLOW: FailedPrecondition,
  ENOSYS: NotImplemented,
  EOPNOTSUPP: NotImplemented,
};

/** The symbolic errno (`ENOENT`) of a node error, a SystemCallError or an engine error caused by one. */
export function errnoCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if (!isEngineError(at) && "code" in at && typeof at.code === "string") {
      return at.code;
    }
  }
  return undefined;
}

/**
 * The engine error for a failed file operation: class by errno, message `<what>: <plain words>`, cause kept.
 * Engine errors pass through as they are.
 */
export function fileError(what: string, error: unknown): EngineError {
  if (isEngineError(error)) {
    return error;
  }
  const code = errnoCode(error);
  if (code === undefined) {
    return new Internal(`${what}: ${messageOf(error)}`, { cause: error });
  }
  const Class = classes[code] ?? Internal;
  return new Class(`${what}: ${texts[code] ?? code}`, { cause: error });
}

/** The engine error for a system call that returned `-errno`. */
export function callError(call: string, result: number, what: string): EngineError {
  return fileError(what, new SystemCallError(call, -result));
}
