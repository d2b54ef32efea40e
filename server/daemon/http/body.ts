import type { z } from "zod";
import { InvalidArgument, Unknown } from "../../engine/errdefs/errors.ts";
import { refuseUnsupported, type UnsupportedField } from "../unsupported/refuse.ts";
import { decodeGoJson, type GoStruct, goTypeError } from "./go-json.ts";
import { fieldsOf, foldKeys } from "./fold-keys.ts";
import { HttpError } from "./http-status.ts";
import type { Call } from "./route.ts";

/** Bytes of the largest JSON body: generous for any request of the API, far below what could hurt. */
const jsonLimit = 4 * 1024 * 1024;

/** The body as bytes. @throws HttpError 413 above `limit` bytes, 429 */
export async function readBody({ body, held }: Pick<Call, "body" | "held">, limit = jsonLimit): Promise<Buffer> {
  // One buffer that grows: of a body that comes byte by byte each piece would take a hundred times its length.
  let whole = Buffer.alloc(0);
  let size = 0;
  try {
    for await (const chunk of body) {
      const piece = chunk as Buffer;
      if (size + piece.length > limit) {
        throw new HttpError(413, `the request's body is larger than ${limit} bytes`);
      }
      if (size + piece.length > whole.length) {
        const length = Math.min(limit, Math.max(2 * whole.length, size + piece.length));
        held?.take(length - whole.length);
        whole = Buffer.concat([whole.subarray(0, size)], length);
      }
      piece.copy(whole, size);
      size += piece.length;
    }
    return whole.subarray(0, size);
  } finally {
    held?.give(whole.length);
  }
}

export interface BodyLimit {
  bytes?: number;
  /** of its JSON */
  values?: number;
}

/** Of what is kept, by the hundred, of one tenant (volumes, networks). */
export const recordLimit: BodyLimit = { bytes: 64 * 1024 };

/** How dockerd reads one route's body, for its words where it cannot. */
export interface GoBody extends GoStruct {
  /** what it says of no body at all; undefined: that is `{}` */
  empty?: string;
  /** it has no class for what it cannot read, and answers 500 */
  unclassed?: boolean;
}

/** A start takes no settings any more; `{}`, which old clients send, is let through. @throws InvalidArgument in dockerd's words */
export function refuseStartBody({ headers }: Pick<Call, "headers">): void {
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 7) {
    throw new InvalidArgument(
      "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
    );
  }
}

/**
 * The JSON body, checked against `schema`: the first value in it, as Go's decoder takes it.
 * @param unsupported documented fields that are not read
 * @throws InvalidArgument naming the first field that does not fit, NotImplemented for an unsupported one that is set
 */
export async function readJson<Schema extends z.ZodType>(
  call: Pick<Call, "body" | "headers" | "held">,
  schema: Schema,
  unsupported: readonly UnsupportedField[] = [],
  go?: GoBody,
  { bytes = jsonLimit, values }: BodyLimit = {},
): Promise<z.output<Schema>> {
  const type = call.headers["content-type"] ?? "";
  const wrong = !/^\s*application\/json\s*(?:;|$)/i.test(type);
  const refuse = () => {
    throw new InvalidArgument(`Content-Type specified (${type}) must be 'application/json'`);
  };
  // A client that asks first is not made to send it.
  if (wrong && Number(call.headers["content-length"] ?? 0) > 0) refuse();
  const body = await readBody(call, bytes);
  if (wrong && body.length > 0) refuse();
  const Refused = go?.unclassed === true ? Unknown : InvalidArgument;
  if (body.length === 0 && go?.empty !== undefined) {
    throw new Refused(go.empty);
  }
  const decoded = body.length === 0 ? { value: {} } : decodeGoJson(body.toString("utf8"), values);
  if ("problem" in decoded) {
    throw new Refused(decoded.problem);
  }
  const value = foldKeys(schema, decoded.value ?? {});
  const result = schema.safeParse(value);
  const issue = result.error?.issues.find(({ code }) => code === "invalid_type");
  if (issue?.code === "invalid_type" && go !== undefined) {
    throw new Refused(goTypeError(value, issue.path, issue.expected, go, fieldsOf(schema, issue.path)));
  }
  refuseUnsupported(value, unsupported);
  return check(schema, value);
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
