import { openTerminalSchema, workstation } from "../../contract/playground-api.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import type { Route } from "../http/router.ts";
import { inWorkstation, removeWorkstation } from "../workspaces/workstation.ts";
import type { Rooms } from "../together/room.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export function terminalRoutes(context: WorkspaceContext, rooms: Rooms): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/w/:workspace/terminals",
      access: "viewer",
      handle: async (route) => sendJson(route.response, 200, await (await context.tenant(route)).terminals()),
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/terminals",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const start = await readJson(route.request, openTerminalSchema);
        const isWorkstation = start.container === workstation;
        const place = isWorkstation ? { workingDir: "/workspace" } : {};
        const env = ["TERM=xterm-256color", "LANG=C.UTF-8"];
        const open = (container: string) => tenant.startTerminal({ ...start, ...place, container, env });
        const terminal = isWorkstation ? await inWorkstation(tenant.docker, open) : await open(start.container);
        const { id, member } = await context.workspace(route);
        rooms.of(id).opened(terminal.id, member);
        sendJson(route.response, 201, terminal);
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/workstation",
      access: "editor",
      handle: async (route) => {
        await removeWorkstation((await context.tenant(route)).docker);
        sendNothing(route.response);
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/terminals/:terminal",
      access: "editor",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        await tenant.endTerminal(param(route, "terminal"));
        sendNothing(route.response);
        rooms.of(param(route, "workspace")).changed("terminals");
      },
    },
  ];
}
