/**
 * The closed set of error classes the engine throws.
 *
 * Every class stands for one kind of failure; `daemon/http-status.ts` maps each to one HTTP status and the
 * builder adds source ranges. A message names the object, says what is wrong and, where there is one, what to do.
 * Learners read these messages: plain words, no stack traces, no class names.
 */
export type ErrorCode =
  | "invalid_argument"
  | "failed_precondition"
  | "out_of_range"
  | "unauthenticated"
  | "permission_denied"
  | "not_found"
  | "conflict"
  | "already_exists"
  | "aborted"
  | "not_modified"
  | "resource_exhausted"
  | "disk_full"
  | "not_implemented"
  | "unavailable"
  | "unknown"
  | "internal"
  | "data_loss"
  | "cancelled";

export interface ErrorOptions {
  cause?: unknown;
  /** what the message says, for those who say it in other words: each kind has its own shape (`builder/mistake.ts`) */
  detail?: object | undefined;
}

export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly detail: object | undefined;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.detail = options?.detail;
    this.code = code;
    this.name = new.target.name;
  }
}

function errorClass(code: ErrorCode) {
  return class extends EngineError {
    constructor(message: string, options?: ErrorOptions) {
      super(code, message, options);
    }
  };
}

export class InvalidArgument extends errorClass("invalid_argument") {}
export class FailedPrecondition extends errorClass("failed_precondition") {}
export class OutOfRange extends errorClass("out_of_range") {}
export class Unauthenticated extends errorClass("unauthenticated") {}
export class PermissionDenied extends errorClass("permission_denied") {}
/** By a rule of a tenant's policy, which the message names. */
export class RuleRefusal extends PermissionDenied {
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}
export class NotFound extends errorClass("not_found") {}
export class Conflict extends errorClass("conflict") {}
export class AlreadyExists extends errorClass("already_exists") {}
export class Aborted extends errorClass("aborted") {}
/** The object is already in the state asked for (Docker answers 304 without a body). */
export class NotModified extends errorClass("not_modified") {}
export class ResourceExhausted extends errorClass("resource_exhausted") {}
/** The disk, or somebody's share of it. */
export class DiskFull extends errorClass("disk_full") {}
export class NotImplemented extends errorClass("not_implemented") {}
export class Unavailable extends errorClass("unavailable") {}
/** A plain mistake of the client for which dockerd has no class: it answers 500, and so do we. Not a fault of the engine. */
export class Unknown extends errorClass("unknown") {}
export class Internal extends errorClass("internal") {}
export class DataLoss extends errorClass("data_loss") {}
export class Cancelled extends errorClass("cancelled") {}

const classes: Record<ErrorCode, new (message: string, options?: ErrorOptions) => EngineError> = {
  invalid_argument: InvalidArgument,
  failed_precondition: FailedPrecondition,
  out_of_range: OutOfRange,
  unauthenticated: Unauthenticated,
  permission_denied: PermissionDenied,
  not_found: NotFound,
  conflict: Conflict,
  already_exists: AlreadyExists,
  aborted: Aborted,
  not_modified: NotModified,
  resource_exhausted: ResourceExhausted,
  disk_full: DiskFull,
  not_implemented: NotImplemented,
  unavailable: Unavailable,
  unknown: Unknown,
  internal: Internal,
  data_loss: DataLoss,
  cancelled: Cancelled,
};

/** The error that another thread or process told by its code and message, and a copy of its detail. */
export function errorOfCode(code: ErrorCode, message: string, detail?: object): EngineError {
  return new classes[code](message, { detail });
}

/** True if `error` is an engine error of one of `codes` (of any code if none is given). */
export function isEngineError(error: unknown, ...codes: ErrorCode[]): error is EngineError {
  return error instanceof EngineError && (codes.length === 0 || codes.includes(error.code));
}

/** The text of any thrown value, for messages that quote a cause. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
