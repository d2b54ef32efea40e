import { openTerminalSchema, workstation } from "../../contract/playground-api.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import type { Route } from "../http/router.ts";
import { ensureWorkstation } from "../workspaces/workstation.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export function terminalRoutes(context: WorkspaceContext): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/w/:workspace/terminals",
      access: "owner",
      handle: async (route) => sendJson(route.response, 200, await (await context.tenant(route)).terminals()),
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/terminals",
      access: "owner",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const start = await readJson(route.request, openTerminalSchema);
        const isWorkstation = start.container === workstation;
        const container = isWorkstation ? await ensureWorkstation(tenant.docker) : start.container;
        const place = isWorkstation ? { workingDir: "/workspace" } : {};
        const env = ["TERM=xterm-256color", "LANG=C.UTF-8"];
        sendJson(route.response, 201, await tenant.startTerminal({ ...start, ...place, container, env }));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/terminals/:terminal",
      access: "owner",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        await tenant.endTerminal(param(route, "terminal"));
        sendNothing(route.response);
      },
    },
  ];
}
