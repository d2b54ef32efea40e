import { encodeParameter } from "#contract/address-names.ts";
import type { ProblemReason } from "#contract/playground-api.ts";
import { frameHeader } from "#contract/sharing.ts";
import { say } from "./engine-text.ts";
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

/** What was asked for; undefined: it is not there. */
export async function ifThere<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** The server or the engine is away: it may be back in a moment. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 503);
}

/** Of the session that this frame has, once its reader has pressed Run; undefined in a page of its own. */
let frame: { token?: string } | undefined;

/** From now on no cookie goes with a request, and nobody's but the frame's own session is meant. */
export function speakAsFrame(token?: string): void {
  frame = token === undefined ? {} : { token };
}

export function frameToken(): string | undefined {
  return frame?.token;
}

/** How a request says who asks. */
export function asked(init: RequestInit = {}): RequestInit {
  if (frame === undefined) return { credentials: "same-origin", ...init };
  const headers = new Headers(init.headers);
  if (frame.token !== undefined) headers.set(frameHeader, frame.token);
  return { ...init, credentials: "omit", headers };
}

export async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, asked({ method, ...init }));
  } catch (cause) {
    throw new ApiError(0, messages.errors.network, { cause });
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as
    | { message?: string; reason?: ProblemReason }
    | undefined;
  throw new ApiError(response.status, wordsOf(body) || messages.errors.unknown, { reason: body?.reason });
}

/** In the page's language where the server says what it is; its own words, or the engine's, where they tell more. */
function wordsOf(body: { message?: string; reason?: ProblemReason } | undefined): string | undefined {
  const reasons: Partial<Record<ProblemReason, string>> = messages.errors.reasons;
  return (body?.reason && reasons[body.reason]) ?? (body?.message && say(body.message));
}

/** A query. Names on disk need not be Unicode. */
export const pathQuery = (path: string): string => `path=${encodeParameter(path)}`;

export const getJson = <Answer>(path: string): Promise<Answer> => json("GET", path);

export async function json<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await send(method, path, init);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}
