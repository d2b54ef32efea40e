import { appendFileSync } from "node:fs";
import { ServerResponse } from "node:http";
import type { Server } from "node:net";
import { recordAnswer } from "./record.ts";

/**
 * Loaded into a drydockd under test (`node --import`): every answer is held to the OpenAPI document; what is wrong with
 * one is a line in the file that DRYDOCK_API_VIOLATIONS names.
 */
const violations = process.env["DRYDOCK_API_VIOLATIONS"] ?? "";
const test = process.env["DRYDOCK_API_TEST"] ?? "?";
const chunks = new WeakMap<ServerResponse, Buffer[]>();
/** a stream of JSON may have no end */
const keptBytes = 4 * 1024 * 1024;

/* oxlint-disable typescript/unbound-method -- they are called on the response they belong to */
const { write, end } = ServerResponse.prototype;

ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
  keep(this, args[0]);
  return Reflect.apply(write, this, args) as boolean;
};

ServerResponse.prototype.end = function (this: ServerResponse, ...args: unknown[]) {
  keep(this, args[0]);
  look(this);
  return Reflect.apply(end, this, args) as ServerResponse;
};

function keep(response: ServerResponse, chunk: unknown): void {
  if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) return;
  const kept = chunks.get(response) ?? [];
  chunks.set(response, kept);
  if (kept.reduce((sum, { length }) => sum + length, 0) < keptBytes) kept.push(Buffer.from(chunk));
}

function look(response: ServerResponse): void {
  const { method = "", url = "/" } = response.req;
  if (url.startsWith("/drydock/")) return;
  const contentType = headerOf(response);
  const body = Buffer.concat(chunks.get(response) ?? []);
  const violation = recordAnswer(sessionOf(response) ?? test, {
    method,
    url,
    status: response.statusCode,
    contentType,
    body,
  });
  if (violation !== undefined && violations !== "") appendFileSync(violations, `${violation}\n`);
}

/** Headers given to `writeHead` are not told by `getHeader`: they are in the text of the head. */
function headerOf(response: ServerResponse): string {
  const head = (response as unknown as { _header?: string | null })._header ?? "";
  return /^content-type: (.*)$/im.exec(head)?.[1]?.trim() ?? String(response.getHeader("content-type") ?? "");
}

/** A session of test/conformance has a tenant of its own, named after it. */
function sessionOf(response: ServerResponse): string | undefined {
  const { server } = response.req.socket as unknown as { server?: Server };
  const address = server?.address();
  const tenant = typeof address === "string" ? /\/tenants\/s-([^/]+)\//.exec(address)?.[1] : undefined;
  return tenant === undefined ? undefined : `session ${tenant.replace(/-[0-9a-f]{4}$/, "")}`;
}
