import { openPreviewSchema } from "../../contract/playground-api.ts";
import { readJson, sendJson } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";
import type { PreviewGrants } from "../previews/preview-grants.ts";
import type { PreviewHosts } from "../previews/preview-host.ts";
import { openPath } from "../previews/preview-proxy.ts";
import type { PreviewSlots } from "../previews/preview-slots.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export interface PreviewRouteParts {
  context: WorkspaceContext;
  grants: PreviewGrants;
  hosts: PreviewHosts;
  slots: PreviewSlots;
  scheme: "http" | "https";
}

export function previewRoutes({ context, grants, hosts, slots, scheme }: PreviewRouteParts): Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/w/:workspace/previews",
      access: "viewer",
      handle: async (route) => {
        const workspace = await context.workspace(route);
        const { docker } = await context.tenant(route);
        const { container, port } = await readJson(route.request, openPreviewSchema);
        const { id } = await docker.inspect(container);
        const grant = { workspace: workspace.id, session: workspace.session, container: id, port };
        const origin = hosts.origin(route.request, { port, container: id }, scheme);
        const place = origin === undefined ? slots.place(route.request, grant) : { grant, origin };
        if (place === undefined) {
          throw new Problem(
            400,
            "A container's pages need an origin of their own. Reach this playground as localhost, or let its operator set DRYDOCK_PREVIEW_DOMAIN or DRYDOCK_PREVIEW_PORTS.",
          );
        }
        const token = grants.token(place.grant);
        sendJson(route.response, 200, { url: `${place.origin}${openPath}?token=${encodeURIComponent(token)}` });
      },
    },
  ];
}
