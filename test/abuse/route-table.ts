import { extensionRoutes, type ExtensionServices } from "../../server/daemon/extension/index.ts";
import { policyRoutes } from "../../server/daemon/extension/policies.ts";
import { shutdownRoutes, tenantControlRoutes, tenantRoutes } from "../../server/daemon/extension/tenants.ts";
import { dockerRoutes, type DockerServices } from "../../server/daemon/routes/index.ts";
import type { TenantEngine } from "../../server/engine/tenant-engine.ts";

export interface RouteName {
  method: string;
  path: string;
}

/** Has every property, can be called, and does nothing: a table of routes is made with it, and no route is called. */
export const anything: unknown = new Proxy(() => anything, {
  get: (_target, key) => (key === Symbol.iterator ? () => [][Symbol.iterator]() : anything),
});

const named = (routes: readonly RouteName[]): RouteName[] => routes.map(({ method, path }) => ({ method, path }));

/** Every route of a tenant's socket, as the product puts its table together (compose/tenant-services.ts). */
export function tenantRouteTable(): RouteName[] {
  const engine = anything as TenantEngine;
  return named([
    ...dockerRoutes(engine, anything as DockerServices),
    ...extensionRoutes(engine, anything as ExtensionServices),
  ]);
}

/** Those of the operator's socket alone, and of `web.sock`. */
export function operatorRouteTable(): RouteName[] {
  const admin = anything as Parameters<typeof tenantControlRoutes>[0];
  return named([
    ...tenantRoutes(admin).filter(({ path }) => path !== "/_ping"),
    ...tenantControlRoutes(admin),
    ...policyRoutes(anything as Parameters<typeof policyRoutes>[0], async () => {}),
    ...shutdownRoutes(anything as Parameters<typeof shutdownRoutes>[0]),
  ]);
}
