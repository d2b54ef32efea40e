import { Readable } from "node:stream";
import type { PathStat } from "../../../engine/containers/container-service.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { z } from "zod";
import { InvalidArgument } from "../../../engine/errdefs/errors.ts";
import { checkRunConfig } from "../../../engine/oci/validate.ts";
import type { ImageRunConfig } from "../../../engine/oci/types.ts";
import { readBody, readJson } from "../../http/body.ts";
import { bytes, empty, json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { referenceOf, unclassed } from "../images/names.ts";
import { isoTime } from "../../translate/time.ts";

type Needs = Pick<TenantEngine, "files">;

const changeKinds = { modified: 0, added: 1, deleted: 2 } as const;

/** cp, diff, export, commit. */
export function containerFileRoutes({ files }: Needs): Route[] {
  return [
    route("HEAD", "/containers/{id*}/archive", async ({ params, query }) =>
      empty(200, pathStatHeader(await files.stat(params["id"] ?? "", archivePath(query)))),
    ),
    route("GET", "/containers/{id*}/archive", async ({ params, query }) => {
      const { stat, tar } = await files.read(params["id"] ?? "", archivePath(query));
      return bytes(tar, "application/x-tar", pathStatHeader(stat));
    }),
    route("PUT", "/containers/{id*}/archive", async ({ params, query, body }) => {
      await files.write(params["id"] ?? "", archivePath(query), body, {
        noOverwriteDirNonDir: query.bool("noOverwriteDirNonDir"),
        copyUidGid: query.bool("copyUIDGID"),
      });
      return empty(200);
    }),
    route("GET", "/containers/{id*}/changes", async ({ params }) => {
      const changes = await files.changes(params["id"] ?? "");
      return json(
        changes.length === 0 ? null : changes.map(({ path, kind }) => ({ Path: path, Kind: changeKinds[kind] })),
      );
    }),
    route("GET", "/containers/{id*}/export", async ({ params }) =>
      bytes(await files.export(params["id"] ?? ""), "application/octet-stream"),
    ),
    route("POST", "/commit", (call) => commit(call, { files })),
  ];
}

/** @throws InvalidArgument in dockerd's words */
function archivePath(query: Call["query"]): string {
  if (query.string("path") === undefined) {
    throw new InvalidArgument("bad parameter: pathcannot be empty");
  }
  return query.path();
}

async function commit(call: Call, { files }: Needs) {
  const { query } = call;
  const container = query.string("container");
  if (container === undefined) {
    throw new InvalidArgument('invalid name or ID supplied: ""');
  }
  const config = await commitConfig(call);
  const repo = query.string("repo");
  const tag = query.string("tag");
  const id = await files.commit(container, {
    ...(repo === undefined ? {} : { name: unclassed(() => referenceOf(repo, tag)) }),
    author: query.string("author") ?? "",
    comment: query.string("comment") ?? "",
    pause: query.bool("pause", true),
    changes: query.all("changes").flatMap((change) => change.split("\n")),
    ...(config === undefined ? {} : { config }),
  });
  return json({ Id: id }, 201);
}

/** The configuration to commit; undefined where the client leaves it to the container (no body, or null). */
async function commitConfig(call: Call): Promise<ImageRunConfig | undefined> {
  const body = await readBody(call);
  if (["", "null"].includes(body.toString("utf8", 0, 16).trim())) {
    return undefined;
  }
  const { headers } = call;
  const value = await readJson({ headers, body: Readable.from([body]) }, z.record(z.string(), z.unknown()));
  return checkRunConfig(value, "the container's configuration");
}

/** The header that tells `docker cp` what it is about to get. */
function pathStatHeader(stat: PathStat): Record<string, string> {
  const { name, size, mode, linkTarget } = stat;
  const value = JSON.stringify({ name, size, mode, mtime: isoTime(stat.mtime), linkTarget });
  return { "X-Docker-Container-Path-Stat": Buffer.from(value).toString("base64") };
}
