import { buildStartSchema, checkTextSchema } from "../../contract/playground-api.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import type { Route } from "../http/router.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export function buildRoutes(context: WorkspaceContext): Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/w/:workspace/checks",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        sendJson(route.response, 200, await tenant.check(await readJson(route.request, checkTextSchema)));
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/builds",
      handle: async (route) => sendJson(route.response, 200, await (await context.tenant(route)).builds()),
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/builds",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        const start = await readJson(route.request, buildStartSchema);
        sendJson(route.response, 202, await tenant.startBuild(start));
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/builds/:build/cancel",
      handle: async (route) => {
        const tenant = await context.tenant(route);
        await tenant.cancelBuild(param(route, "build"));
        sendNothing(route.response);
      },
    },
  ];
}
