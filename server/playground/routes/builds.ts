import { pipeline } from "node:stream/promises";
import {
  buildStartSchema,
  checkTextSchema,
  resumeBuildSchema,
  stepShellSchema,
} from "../../contract/playground-api.ts";
import type { BuildRecord } from "../../contract/build-record.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { attach } from "../http/attachment.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";
import type { Rooms } from "../together/room.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export function buildRoutes(context: WorkspaceContext, rooms: Rooms): Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/w/:workspace/checks",
      access: "viewer",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        sendJson(route.response, 200, await tenant.check(await readJson(route.request, checkTextSchema)));
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/checks/:check",
      access: "viewer",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        sendJson(
          route.response,
          200,
          await tenant.checkPage(param(route, "check"), route.query.get("language") ?? undefined),
        );
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/builds",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const start = await readJson(route.request, buildStartSchema);
        sendJson(route.response, 202, await tenant.startBuild(start));
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/builds/:build/record",
      access: "viewer",
      handle: async (route) => {
        const record = await keptRecord(await context.tenant(route), param(route, "build"));
        if (record === undefined) sendNothing(route.response);
        else sendJson(route.response, 200, record);
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/builds/:build/output",
      access: "viewer",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const build = param(route, "build");
        const type = route.query.get("type") === "docker" ? "docker" : "tar";
        const answer = await tenant.buildOutput(build, type);
        const made = (await tenant.builds()).find(({ id }) => id === build)?.tags[0];
        attach(route.response, "application/x-tar", archiveName(made, type));
        await pipeline(answer, route.response);
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/builds/:build/steps/:step/changed-file",
      access: "viewer",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const { path = "" } = route;
        sendJson(route.response, 200, await tenant.changedFile(param(route, "build"), param(route, "step"), path));
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/builds/:build/steps/:step/shell",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const { at, columns, rows } = await readJson(route.request, stepShellSchema);
        const start = { at, terminal: { columns, rows } };
        const shell = await tenant.openStepShell(param(route, "build"), param(route, "step"), start);
        const { id, member } = await context.workspace(route);
        if (shell.terminal !== undefined) rooms.of(id).opened(shell.terminal.id, member);
        sendJson(route.response, 201, shell);
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/builds/:build/steps/:step/resume",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const { container } = await readJson(route.request, resumeBuildSchema);
        const summary = await tenant.resumeBuild(param(route, "build"), param(route, "step"), container);
        sendJson(route.response, 202, summary);
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/builds/:build/cancel",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        await tenant.cancelBuild(param(route, "build"));
        sendNothing(route.response);
      },
    },
  ];
}

/** `app-1.0.tar` of registry.example.org/team/app:1.0, `app-files.tar` of app:latest. */
export function archiveName(image: string | undefined, type: "tar" | "docker"): string {
  const name =
    image
      ?.split("/")
      .at(-1)
      ?.replace(/:latest$/, "")
      .replace(":", "-") ?? "image";
  return `${name}${type === "tar" ? "-files" : ""}.tar`;
}

/** Undefined for a build that has none: it failed before its first step, or is long gone. @throws Problem 404: no such build */
async function keptRecord(tenant: TenantClient, build: string): Promise<BuildRecord | undefined> {
  try {
    return await tenant.buildRecord(build);
  } catch (error) {
    const isMissing = error instanceof Problem && error.status === 404;
    if (!isMissing || !(await tenant.builds()).some(({ id }) => id === build)) throw error;
    return undefined;
  }
}
