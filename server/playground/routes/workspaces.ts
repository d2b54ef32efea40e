import { openWorkspaceSchema, renameWorkspaceSchema } from "../../contract/playground-api.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import type { Route } from "../http/router.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Examples } from "../workspaces/examples.ts";
import type { WorkspaceService } from "../workspaces/workspace-service.ts";
import type { NewcomerLimit } from "./newcomer-limit.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export interface WorkspaceRouteParts {
  context: WorkspaceContext;
  sessions: Sessions;
  workspaces: WorkspaceService;
  newcomers: NewcomerLimit;
  examples: Examples;
}

export function workspaceRoutes({ context, sessions, workspaces, newcomers, examples }: WorkspaceRouteParts): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/examples",
      access: "anyone",
      handle: async ({ response }) => sendJson(response, 200, await examples.list()),
    },
    {
      method: "POST",
      pattern: "/api/workspaces/open",
      access: "anyone",
      handle: async ({ request, response }) => {
        const options = await readJson(request, openWorkspaceSchema);
        if (sessions.read(request) === undefined || options.fresh) await newcomers.admit(request);
        sendJson(response, 200, await workspaces.open(sessions.ensure(request, response), options));
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/record",
      access: "viewer",
      handle: async (route) => {
        sendJson(route.response, 200, await workspaces.record(await context.workspace(route)));
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/name",
      access: "owner",
      handle: async (route) => {
        const workspace = await context.workspace(route);
        const { name } = await readJson(route.request, renameWorkspaceSchema);
        sendJson(route.response, 200, await workspaces.rename(workspace, name));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace",
      access: "owner",
      handle: async (route) => {
        await workspaces.discard(await context.workspace(route));
        sendNothing(route.response);
      },
    },
  ];
}
