import type { EmbedSites } from "../../contract/sharing.ts";
import type { Route } from "../http/router.ts";
import type { DocumentHub } from "../documents/document-hub.ts";
import type { Rooms } from "../together/room.ts";
import type { EngineMonitor } from "../streams/engine-monitor.ts";
import { buildRoutes } from "./builds.ts";
import { containerDetailRoutes } from "./container-details.ts";
import { containerRoutes } from "./containers.ts";
import { fileRoutes } from "./files.ts";
import { healthRoutes } from "./health.ts";
import { imageFileRoutes } from "./image-files.ts";
import { embedSitesRoutes } from "./embed-sites.ts";
import { type OEmbedRouteParts, oembedRoutes } from "./oembed.ts";
import { type MemberRouteParts, memberRoutes } from "./members.ts";
import { type PreviewRouteParts, previewRoutes } from "./previews.ts";
import { type SnippetRouteParts, snippetRoutes } from "./snippets.ts";
import { statusRoutes } from "./status.ts";
import { terminalRoutes } from "./terminals.ts";
import { type WorkspaceRouteParts, workspaceRoutes } from "./workspaces.ts";

export type PlaygroundRouteParts = WorkspaceRouteParts &
  MemberRouteParts &
  PreviewRouteParts &
  SnippetRouteParts &
  OEmbedRouteParts &
  EmbedSites & {
    rooms: Rooms;
    documents: DocumentHub;
    monitor: EngineMonitor;
    problems: () => Promise<string[]>;
  };

/** The API of the page, as one table: what is not in it does not exist, and each row says who may use it. */
export function playgroundRoutes(parts: PlaygroundRouteParts): Route[] {
  const { context } = parts;
  return [
    ...statusRoutes(parts.monitor),
    ...healthRoutes(parts.problems),
    ...workspaceRoutes(parts),
    ...memberRoutes(parts),
    ...fileRoutes(context, parts.documents),
    ...buildRoutes(context, parts.rooms),
    ...imageFileRoutes(context),
    ...containerRoutes(context),
    ...containerDetailRoutes(context),
    ...terminalRoutes(context, parts.rooms),
    ...previewRoutes(parts),
    ...snippetRoutes(parts),
    ...oembedRoutes(parts),
    ...embedSitesRoutes(parts),
  ];
}
