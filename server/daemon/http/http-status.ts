import { type ErrorCode, isEngineError, messageOf } from "../../engine/errdefs/errors.ts";
import { fileError } from "../../engine/mount/errno.ts";

/** The one table from error class to HTTP status (Engine API: every error body is `{"message"}`). */
export const httpStatuses: Record<ErrorCode, number> = {
  invalid_argument: 400,
  failed_precondition: 400,
  out_of_range: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  conflict: 409,
  already_exists: 409,
  aborted: 409,
  not_modified: 304,
  resource_exhausted: 429,
  disk_full: 507,
  not_implemented: 501,
  unavailable: 503,
  unknown: 500,
  internal: 500,
  data_loss: 500,
  cancelled: 500,
};

const diskFull = "the engine's disk is full (docker system prune removes what is not needed)";

/** What the daemon answers for a thrown value. `unexpected` asks for a line in the daemon's own log. */
export function describeError(error: unknown): { status: number; message: string; unexpected: boolean } {
  if (error instanceof HttpError) {
    return { status: error.status, message: error.message, unexpected: false };
  }
  if (isEngineError(error)) {
    const status = httpStatuses[error.code];
    return {
      status,
      message: error.message,
      unexpected: status === 500 && error.code !== "cancelled" && error.code !== "unknown",
    };
  }
  if (error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")) {
    return {
      status: httpStatuses.disk_full,
      message: messageOf(fileError(diskFull, error)),
      unexpected: true,
    };
  }
  return { status: 500, message: messageOf(error), unexpected: true };
}

/** An answer of the HTTP layer itself, for which the engine has no class (413, 406, 405...). */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.name = "HttpError";
  }
}
