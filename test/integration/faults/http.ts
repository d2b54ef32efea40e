import { type IncomingHttpHeaders, request } from "node:http";
import { patience } from "../../suites/patience.ts";

export interface Answer {
  status: number;
  body: Buffer;
  text: string;
  headers: IncomingHttpHeaders;
}

export interface Request {
  method?: string;
  body?: Buffer | string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** One request on a UNIX socket, its answer whole. */
export function send(socketPath: string, path: string, options: Request = {}): Promise<Answer> {
  const { method = "GET", body, headers = {}, signal } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, method, path, headers, agent: false, ...(signal === undefined ? {} : { signal }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, body: whole, text: whole.toString(), headers: response.headers });
        });
        response.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The same with JSON both ways. @throws Error for a status of 400 and more */
export async function json<T>(socketPath: string, method: string, path: string, value?: unknown): Promise<T> {
  const { status, text } = await send(socketPath, path, {
    method,
    ...(value === undefined ? {} : { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } }),
  });
  if (status >= 400) {
    throw new Error(`${method} ${path}: ${status} ${text}`);
  }
  return (text.trim() === "" ? undefined : JSON.parse(text)) as T;
}

/** The lines of an NDJSON answer. */
export function lines<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);
}

/** Polls until it holds. @throws Error with `what` after 30 s */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`in vain waited for: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
