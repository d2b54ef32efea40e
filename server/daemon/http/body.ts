import type { z } from "zod";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import { refuseUnsupported, type UnsupportedField } from "../unsupported/refuse.ts";
import { HttpError } from "./http-status.ts";
import type { Call } from "./route.ts";

/** Bytes of the largest JSON body: generous for any request of the API, far below what could hurt. */
const jsonLimit = 4 * 1024 * 1024;

/** The body as bytes. @throws HttpError 413 above `limit` bytes */
export async function readBody(call: Pick<Call, "body">, limit = jsonLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.body) {
    const piece = chunk as Buffer;
    size += piece.length;
    if (size > limit) {
      throw new HttpError(413, `the request's body is larger than ${limit} bytes`);
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

/**
 * The JSON body, checked against `schema`. An empty body is read as `{}`.
 * @param unsupported documented fields that are not read
 * @throws InvalidArgument naming the first field that does not fit, NotImplemented for an unsupported one that is set
 */
export async function readJson<Schema extends z.ZodType>(
  call: Pick<Call, "body" | "headers">,
  schema: Schema,
  unsupported: readonly UnsupportedField[] = [],
): Promise<z.output<Schema>> {
  const body = await readBody(call);
  const type = call.headers["content-type"];
  if (body.length > 0 && type !== undefined && !/^\s*application\/json\b/i.test(type)) {
    throw new InvalidArgument(`unsupported Content-Type header (${type}): must be 'application/json'`);
  }
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new InvalidArgument(`invalid JSON: ${(error as Error).message}`, { cause: error });
  }
  refuseUnsupported(value, unsupported);
  return check(schema, value ?? {});
}

/** @throws InvalidArgument naming the first field of `value` that does not fit */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "the body" : issue.path.map(String).join(".");
  throw new InvalidArgument(`invalid JSON: ${where}: ${issue?.message ?? "it has another shape"}`);
}
