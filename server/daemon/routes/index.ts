import type { TenantEngine } from "../../engine/tenant-engine.ts";
import type { Route } from "../http/route.ts";
import { buildRoutes, type BuildParts } from "./build/index.ts";
import { containerRoutes } from "./containers/index.ts";
import { distributionRoutes } from "./distribution.ts";
import { execRoutes } from "./exec.ts";
import type { ImageArchives } from "./images/archives.ts";
import { searchRoutes } from "./images/search.ts";
import { imageRoutes } from "./images/index.ts";
import { networkRoutes } from "./networks.ts";
import { pluginRoutes } from "./plugins.ts";
import type { SharedServices } from "./services.ts";
import { sessionRoutes } from "./session.ts";
import { swarmRoutes } from "./swarm.ts";
import { systemRoutes } from "./system/index.ts";
import { unimplementedRoutes } from "./unimplemented.ts";
import { volumeRoutes } from "./volumes.ts";

/** What only Docker's API asks of a tenant, beside its engine. */
export interface DockerServices extends SharedServices {
  archives: ImageArchives;
  build: BuildParts;
}

/** The Docker Engine API of one tenant, as a table. */
export function dockerRoutes(engine: TenantEngine, services: DockerServices): Route[] {
  return [
    ...systemRoutes(engine, services),
    ...unimplementedRoutes(),
    ...containerRoutes(engine, services),
    ...execRoutes(engine),
    ...sessionRoutes(),
    ...searchRoutes(services),
    ...imageRoutes(engine, services, services.archives),
    ...buildRoutes(engine, services, services.build),
    ...networkRoutes(engine),
    ...volumeRoutes(engine),
    ...distributionRoutes(engine),
    ...swarmRoutes(),
    ...pluginRoutes(engine),
  ];
}
