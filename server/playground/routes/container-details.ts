import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { posix } from "node:path";
import { z } from "zod";
import { containerPathSchema, largestContainerFile } from "../../contract/container-views.ts";
import type { ContainerProcesses } from "../../contract/container-views.ts";
import type { ContainerOutput } from "../../contract/extension-api.ts";
import { readNdjson } from "../client/ndjson.ts";
import { openContainerFile, writeContainerFile } from "../containers/container-file.ts";
import { picture } from "../containers/network-picture.ts";
import { attach } from "../http/attachment.ts";
import { readBody, sendJson, sendNothing } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route, RouteContext } from "../http/router.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

const topSchema = z.object({ Titles: z.array(z.string()), Processes: z.array(z.array(z.string())).nullable() });
const base = "/api/w/:workspace/containers/:container";
/** Records of a log that is downloaded: more than any rotation keeps. */
const allRecords = 10_000_000;

/** What is shown of one container (contract/container-views.ts); all of it of the workspace's owner alone. */
export function containerDetailRoutes(context: WorkspaceContext): Route[] {
  return [
    {
      method: "GET",
      pattern: `${base}/inspect`,
      access: "viewer",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        sendJson(route.response, 200, await docker.inspectRaw(param(route, "container")));
      },
    },
    {
      method: "GET",
      pattern: `${base}/top`,
      access: "viewer",
      handle: async (route) => {
        const { docker, quietDocker } = await context.tenant(route);
        const asked = route.query.has("again") ? quietDocker : docker;
        const { Titles, Processes } = topSchema.parse(await asked.top(param(route, "container")));
        const answer: ContainerProcesses = { titles: Titles, processes: Processes ?? [] };
        sendJson(route.response, 200, answer);
      },
    },
    {
      method: "GET",
      pattern: `${base}/anatomy`,
      access: "viewer",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        sendJson(route.response, 200, await tenant.anatomy(param(route, "container")));
      },
    },
    { method: "GET", pattern: `${base}/log`, access: "viewer", handle: (route) => sendLog(context, route) },
    {
      method: "GET",
      pattern: `${base}/directory`,
      access: "viewer",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        sendJson(route.response, 200, await tenant.containerDirectory(param(route, "container"), pathOf(route)));
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/networks",
      access: "viewer",
      handle: async (route) => {
        const { quietDocker } = await context.tenant(route);
        sendJson(route.response, 200, await picture(quietDocker));
      },
    },
    ...fileRoutes(context),
  ];
}

function fileRoutes(context: WorkspaceContext): Route[] {
  return [
    {
      method: "GET",
      pattern: `${base}/file`,
      access: "viewer",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        const path = pathOf(route);
        // With its links followed: a slash behind it would ask for a directory.
        const { header, bytes } = await openContainerFile(docker, param(route, "container"), path);
        attach(route.response, "application/octet-stream", posix.basename(path));
        if (header.size !== undefined) route.response.setHeader("content-length", header.size);
        await pipeline(bytes, route.response);
      },
    },
    {
      method: "PUT",
      pattern: `${base}/file`,
      access: "editor",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        const content = await readBody(route.request, largestContainerFile);
        await writeContainerFile(docker, param(route, "container"), pathOf(route), content);
        sendNothing(route.response);
      },
    },
    {
      method: "GET",
      pattern: `${base}/archive`,
      access: "viewer",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        const path = pathOf(route);
        const archive = await docker.archive(param(route, "container"), path);
        attach(route.response, "application/x-tar", `${posix.basename(path) || "files"}.tar`);
        await pipeline(archive, route.response);
      },
    },
  ];
}

async function sendLog(context: WorkspaceContext, route: RouteContext): Promise<void> {
  const tenant = await context.tenant(route);
  const gone = new AbortController();
  route.response.on("close", () => gone.abort());
  const records = await tenant.lastContainerOutput(param(route, "container"), allRecords, gone.signal);
  attach(route.response, "text/plain; charset=utf-8", "container.log");
  const text = async function* (): AsyncGenerator<string> {
    for await (const [batch] of readNdjson<ContainerOutput>(records)) {
      yield batch
        .map(({ time, text: line }) => `${new Date(time).toISOString()} ${line.replace(/\n?$/, "\n")}`)
        .join("");
    }
  };
  await pipeline(Readable.from(text()), route.response);
}

function pathOf({ path: given }: RouteContext): string {
  const path = containerPathSchema.safeParse(given ?? "/");
  if (path.success) return posix.normalize(path.data);
  throw new Problem(400, `path: ${path.error.issues[0]?.message ?? "invalid"}`);
}
