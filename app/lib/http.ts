import type { ProblemReason } from "#contract/playground-api.ts";
import { messages } from "./messages.ts";

/** An answer of 400 or more, or none at all (status 0). `message` is for the learner. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: ProblemReason | undefined;

  constructor(status: number, message: string, options: ErrorOptions & { reason?: ProblemReason | undefined } = {}) {
    super(message, options);
    this.name = "ApiError";
    this.status = status;
    this.reason = options.reason;
  }
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : messages.errors.unknown;
}

/** The server or the engine is away: it may be back in a moment. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 503);
}

export async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { method, credentials: "same-origin", ...init });
  } catch (cause) {
    throw new ApiError(0, messages.errors.network, { cause });
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as
    | { message?: string; reason?: ProblemReason }
    | undefined;
  throw new ApiError(response.status, body?.message || messages.errors.unknown, { reason: body?.reason });
}

export const getJson = <Answer>(path: string): Promise<Answer> => json("GET", path);

export async function json<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await send(method, path, init);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}
