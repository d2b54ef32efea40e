import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { renameRequestSchema } from "../../contract/playground-api.ts";
import type { UnixRequest } from "../client/unix-client.ts";
import { attach } from "../http/attachment.ts";
import { readJson, sendJson } from "../http/body.ts";
import type { Route, RouteContext } from "../http/router.ts";
import type { DocumentHub } from "../documents/document-hub.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

const base = "/drydock/v1/workspace";
/** What is passed on of an answer. A learner's file is never a page on our origin: see `handle` below. */
const answerHeaders = ["content-length", "etag"];

interface PassOptions {
  /** the request's is passed on */
  body?: boolean;
  /** what the answer is kept as on the learner's machine, by the last name of the path that was asked for */
  download?: (name: string) => string;
}

/** The engine's workspace routes, passed through as streams. */
export function fileRoutes(context: WorkspaceContext, documents: Pick<DocumentHub, "of">): Route[] {
  const pass = (method: Route["method"], name: string, options: PassOptions = {}): Route => ({
    method,
    pattern: `/api/w/:workspace/${name}`,
    access: method === "GET" ? "viewer" : "editor",
    handle: async (route) => {
      const tenant = await context.tenant(route);
      const answer = await tenant.http.open(`${base}/${name}`, request(route, method, options.body === true));
      const { response } = route;
      response.statusCode = answer.statusCode ?? 200;
      const isJson = answer.headers["content-type"]?.startsWith("application/json") === true && name !== "file";
      const isEntry = method === "PUT";
      const type = isJson || isEntry ? "application/json" : "application/octet-stream";
      attach(response, type, options.download?.(posix.basename(route.path ?? "")));
      for (const header of answerHeaders) {
        const value = answer.headers[header];
        if (value !== undefined) response.setHeader(header, value);
      }
      await pipeline(answer, response);
    },
  });
  return [
    pass("GET", "files"),
    pass("GET", "file", { download: (name) => name || "file" }),
    pass("PUT", "file", { body: true }),
    pass("DELETE", "file"),
    pass("POST", "directory"),
    pass("GET", "tar", { download: (name) => `${name || "workspace"}.tar` }),
    pass("POST", "tar", { body: true }),
    {
      method: "POST",
      pattern: "/api/w/:workspace/rename",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const json = await readJson(route.request, renameRequestSchema);
        const rename = (): Promise<unknown> => tenant.http.json(`${base}/rename`, { method: "POST", json });
        const open = documents.of(param(route, "workspace"));
        sendJson(route.response, 200, await open.rename(json.from, json.to, rename));
      },
    },
  ];
}

function request({ request, path }: RouteContext, method: string, hasBody: boolean): UnixRequest {
  const ifMatch = request.headers["if-match"];
  const length = request.headers["content-length"];
  const headers = {
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
    ...(hasBody && length !== undefined ? { "content-length": length } : {}),
    ...(hasBody ? { "content-type": "application/octet-stream" } : {}),
  };
  return { method, query: { path }, headers, ...(hasBody ? { body: request } : {}) };
}
