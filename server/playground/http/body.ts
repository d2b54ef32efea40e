import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { Problem } from "./problem.ts";

/** The whole body; 413 when it is longer than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new Problem(413, `The request is larger than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** The body as JSON of the schema's shape; 400 names what does not fit. */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = (await readBody(request, 256 * 1024)).toString("utf8");
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, "The request is not JSON.", { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const first = result.error.issues[0];
  throw new Problem(400, `${first?.path.join(".") || "The request"}: ${first?.message ?? "invalid"}`);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}

export function sendNothing(response: ServerResponse): void {
  response.writeHead(204, { "cache-control": "no-store" }).end();
}
