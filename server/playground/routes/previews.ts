import { openPreviewSchema } from "../../contract/playground-api.ts";
import { readJson, sendJson } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";
import type { PreviewGrants } from "../previews/preview-grants.ts";
import type { PreviewHosts } from "../previews/preview-host.ts";
import { openPath } from "../previews/preview-proxy.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export interface PreviewRouteParts {
  context: WorkspaceContext;
  grants: PreviewGrants;
  hosts: PreviewHosts;
  scheme: "http" | "https";
}

export function previewRoutes({ context, grants, hosts, scheme }: PreviewRouteParts): Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/w/:workspace/previews",
      handle: async (route) => {
        const workspace = await context.workspace(route);
        const { docker } = await context.tenant(route);
        const { container, port } = await readJson(route.request, openPreviewSchema);
        const { id } = await docker.inspect(container);
        const origin = hosts.origin(route.request, { port, container: id }, scheme);
        if (origin === undefined) {
          throw new Problem(
            400,
            "A container's pages need an origin of their own. Reach this playground as localhost, or let its operator set DRYDOCK_PREVIEW_DOMAIN.",
          );
        }
        const token = grants.token({ workspace: workspace.id, owner: workspace.owner, container: id, port });
        sendJson(route.response, 200, { url: `${origin}${openPath}?token=${encodeURIComponent(token)}` });
      },
    },
  ];
}
