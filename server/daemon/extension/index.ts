import type { BuildService } from "../../engine/builds/build-service.ts";
import type { ImageFiles } from "../../engine/images/files/image-files.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import type { RequestLog } from "../http/request-log.ts";
import type { Route } from "../http/route.ts";
import { type BuildRecordServices, buildStepRoutes } from "./build-records.ts";
import { buildRecordRoutes } from "./builds.ts";
import { checkRoutes } from "./checks.ts";
import { containerExtensionRoutes, type ContainerProbes } from "./containers.ts";
import { imageFileRoutes } from "./images.ts";
import { requestLogRoutes } from "./requests.ts";
import { terminalRoutes } from "./terminals.ts";
import { workspaceRoutes, type WorkspaceServices } from "./workspace.ts";

/** What the extension asks of a tenant, beside its engine. */
export interface ExtensionServices extends ContainerProbes {
  workspace: WorkspaceServices;
  builds: BuildService;
  buildRecords: BuildRecordServices;
  imageFiles: ImageFiles;
  requests: RequestLog;
}

/** `/drydock/v1` on a tenant's socket and on the operator's. */
export function extensionRoutes(engine: TenantEngine, services: ExtensionServices): Route[] {
  return [
    ...workspaceRoutes(services.workspace),
    ...buildRecordRoutes(services.builds),
    ...buildStepRoutes(engine, services.buildRecords),
    ...checkRoutes(engine),
    ...imageFileRoutes(engine, services.imageFiles),
    ...terminalRoutes(engine.terminals),
    ...containerExtensionRoutes(engine, services),
    ...requestLogRoutes(services.requests),
  ];
}
