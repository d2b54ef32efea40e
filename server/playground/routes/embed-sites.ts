import type { EmbedSites } from "../../contract/sharing.ts";
import { sendJson } from "../http/body.ts";
import type { Route } from "../http/router.ts";

/** For who is about to show a snippet in a page of theirs: whether its readers' browsers will let them. */
export function embedSitesRoutes({ embedSites }: EmbedSites): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/embed-sites",
      access: "anyone",
      handle: async ({ response }) => sendJson(response, 200, { embedSites } satisfies EmbedSites),
    },
  ];
}
