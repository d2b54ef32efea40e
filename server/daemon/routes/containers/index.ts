import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import type { Route } from "../../http/route.ts";
import type { SharedServices } from "../services.ts";
import { containerFileRoutes } from "./files.ts";
import { containerLifecycleRoutes } from "./lifecycle.ts";
import { containerListRoutes } from "./list.ts";
import { containerStreamRoutes } from "./streams.ts";

type Needs = Pick<TenantEngine, "containers" | "streams" | "files" | "images" | "networks" | "events" | "tenant">;

export function containerRoutes(engine: Needs, shared: SharedServices): Route[] {
  return [
    ...containerListRoutes(engine, shared),
    ...containerLifecycleRoutes(engine, shared),
    ...containerStreamRoutes(engine),
    ...containerFileRoutes(engine),
  ];
}
