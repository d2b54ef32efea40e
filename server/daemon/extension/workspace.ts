import { z } from "zod";
import type { WorkspaceFiles, WorkspaceWatch } from "../../engine/workspaces/workspace.ts";
import { readBody, readJson } from "../http/body.ts";
import { bytes, empty, json, lines } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";

/** Bytes of a file that is saved as a whole; larger ones come as tars. */
const maxFile = 32 * 1024 * 1024;

const renameSchema = z.object({ from: z.string(), to: z.string() });

const etag = (version: string) => ({ ETag: `"${version}"` });

export interface WorkspaceServices {
  files: WorkspaceFiles;
  watch: WorkspaceWatch;
}

/** The files of the tenant's workspace (contract/extension-api.ts). */
export function workspaceRoutes({ files, watch }: WorkspaceServices): Route[] {
  return [
    route("GET", "/drydock/v1/workspace/files", async () => json(await files.listInTurns())),
    route("GET", "/drydock/v1/workspace/file", ({ query }) => {
      const file = files.read(query.path());
      return bytes(file.bytes, "application/octet-stream", {
        ...etag(file.entry.version),
        "Content-Length": String(file.entry.size),
      });
    }),
    route("PUT", "/drydock/v1/workspace/file", async (call) => {
      const data = await readBody(call, maxFile);
      const { query } = call;
      const options = { ifMatch: ifMatch(call), executable: query.bool("executable") };
      const entry = files.write(query.path(), data, options);
      return json(entry, 200, etag(entry.version));
    }),
    route("DELETE", "/drydock/v1/workspace/file", async ({ query }) => {
      await files.remove(query.path());
      return empty();
    }),
    route("POST", "/drydock/v1/workspace/directory", ({ query }) => json(files.makeDirectory(query.path()))),
    route("POST", "/drydock/v1/workspace/rename", async (call) => {
      const { from, to } = await readJson(call, renameSchema);
      return json(files.rename(from, to));
    }),
    route("GET", "/drydock/v1/workspace/tar", async ({ query }) =>
      bytes(await files.pack(query.has("path") ? query.path() : ""), "application/x-tar"),
    ),
    route("POST", "/drydock/v1/workspace/tar", async ({ query, body, signal }) =>
      json({ files: await files.unpack(query.has("path") ? query.path() : "", body, signal) }),
    ),
    route("GET", "/drydock/v1/workspace/changes", ({ signal }) =>
      lines(
        async (write) => {
          for await (const change of watch.changes(signal)) {
            await write(change);
          }
        },
        { immediate: true, contentType: "application/x-ndjson" },
      ),
    ),
  ];
}

/** RFC 9110, 13.1.1. One version; `*` is not needed by anyone. */
function ifMatch({ headers }: Call): string | undefined {
  const value = headers["if-match"]?.trim();
  return value === undefined || value === "" ? undefined : value.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}
