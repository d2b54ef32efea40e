import {
  Conflict,
  EngineError,
  Internal,
  InvalidArgument,
  messageOf,
  NotFound,
  PermissionDenied,
  ResourceExhausted,
  Unauthenticated,
  Unavailable,
} from "../errdefs/errors.ts";
import { familiarName, familiarString, type Reference } from "../reference/reference.ts";
import { readBody, type HttpResponse } from "./http-client.ts";

const maxErrorBody = 64 << 10;
const maxMessage = 1_000;

/** The answer of a registry that is not what was asked for. `registryCode` is distribution's (`MANIFEST_UNKNOWN`). */
export interface RegistryFailure {
  registryCode: string;
  status: number;
}

const failures = new WeakMap<EngineError, RegistryFailure>();

/** What the registry said, if `error` came from one. */
export function failureOf(error: unknown): RegistryFailure | undefined {
  return error instanceof EngineError ? failures.get(error) : undefined;
}

/** `error`, known as what a registry said: another thread heard it. */
export function withFailure(error: EngineError, failure: RegistryFailure | undefined): EngineError {
  if (failure !== undefined) failures.set(error, failure);
  return error;
}

/** Turns an answer into an error with dockerd's words: `manifest unknown: manifest unknown`. Reads the body. */
export async function registryError(response: HttpResponse): Promise<EngineError> {
  const { status } = response;
  const body = response.body.readableEnded
    ? Buffer.alloc(0)
    : await readBody(response, maxErrorBody).catch(() => Buffer.alloc(0));
  const { code, message } = firstError(body, status, response.url.host);
  const error = classify(code, status, message);
  failures.set(error, { registryCode: code, status });
  return error;
}

/** The same failure told about the image that was to be pulled (moby distribution/errors.go). */
export function pullError(error: unknown, reference: Reference): unknown {
  const failure = failureOf(error);
  if (!(error instanceof EngineError) || failure === undefined) {
    return error;
  }
  switch (failure.registryCode) {
    case "DENIED":
      return new NotFound(
        `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login': ${error.message}`,
        { cause: error },
      );
    case "MANIFEST_UNKNOWN":
      return new NotFound(`manifest for ${familiarString(reference)} not found: ${error.message}`, { cause: error });
    case "NAME_UNKNOWN":
      return new NotFound(`repository ${familiarName(reference)} not found: ${error.message}`, { cause: error });
    case "UNAUTHORIZED":
      return new Unauthenticated(
        `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login': ${error.message}`,
        { cause: error },
      );
    default:
      return error;
  }
}

function classify(code: string, status: number, message: string): EngineError {
  switch (code) {
    case "UNAUTHORIZED":
      return new Unauthenticated(message);
    case "DENIED":
      return new PermissionDenied(message);
    case "MANIFEST_UNKNOWN":
    case "NAME_UNKNOWN":
    case "BLOB_UNKNOWN":
      return new NotFound(message);
    case "TOOMANYREQUESTS":
      return new ResourceExhausted(message);
    default:
  }
  if (status === 404) {
    return new NotFound(message);
  }
  if (status === 409) {
    return new Conflict(message);
  }
  if (status >= 500) {
    return new Unavailable(message);
  }
  return status >= 400 ? new InvalidArgument(message) : new Internal(message);
}

const codesByStatus: Record<number, [code: string, message: string]> = {
  401: ["UNAUTHORIZED", "authentication required"],
  403: ["DENIED", "requested access to the resource is denied"],
  429: ["TOOMANYREQUESTS", "too many requests"],
};

/** distribution-spec, Error Codes: `{"errors": [{"code", "message", "detail"}]}`; or the token server's `details`. */
function firstError(body: Buffer, status: number, host: string): { code: string; message: string } {
  const [code, words] = codesByStatus[status] ?? ["UNKNOWN", `the registry ${host} answers with status ${status}`];
  const said = (given: string, message: string) => ({
    code: given,
    message: `${given.toLowerCase().replaceAll("_", " ")}: ${message}`,
  });
  let document: { errors?: unknown[] } | null;
  try {
    document = JSON.parse(body.toString()) as typeof document;
  } catch (error) {
    // Not JSON: a proxy or another kind of server. Without a body, or where credentials are asked for, the status has to do.
    return body.length === 0 || status === 401 ? said(code, words) : unparsed(body, status, error);
  }
  const given = (document?.errors?.[0] ?? {}) as { code?: unknown; message?: unknown };
  return said(
    typeof given.code === "string" && /^[A-Z_]{1,64}$/.test(given.code) ? given.code : code,
    typeof given.message === "string" && given.message !== "" ? given.message.slice(0, maxMessage) : words,
  );
}

/** In the words of distribution's client, which dockerd passes on. */
function unparsed(body: Buffer, status: number, error: unknown): { code: string; message: string } {
  const text = body.toString();
  const first = text.trimStart().charAt(0);
  const why = /[[{"\dtfn-]/.test(first)
    ? messageOf(error)
    : `invalid character '${first}' looking for beginning of value`;
  const shown = JSON.stringify(text.slice(0, maxMessage));
  return { code: "UNKNOWN", message: `error parsing HTTP ${status} response body: ${why}: ${shown}` };
}
