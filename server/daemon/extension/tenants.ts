import { z } from "zod";
import type { EngineStatus, TenantSummary, UsageSample } from "../../contract/extension-api.ts";
import { NotFound, PermissionDenied } from "../../engine/errdefs/errors.ts";
import type { NewTenant } from "../../engine/tenants/tenant-store.ts";
import { type LimitName, limitNames } from "../../engine/tenants/limits.ts";
import { operatorTenant, type Tenant, type TenantLimits } from "../../engine/tenants/tenant.ts";
import { changesBetween } from "../http/audit.ts";
import { readJson } from "../http/body.ts";
import { empty, json, text } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

/** What is asked of tenants that only the operator may ask. */
export interface TenantControl {
  /** Sets all its limits, of what runs too. @throws NotFound, InvalidArgument */
  setLimits(id: string, limits: TenantLimits): Promise<Tenant>;
  /** The last week. @throws NotFound */
  usageOf(id: string): UsageSample[];
  /** Stops its containers, as `docker stop` does. @throws NotFound */
  stop(id: string): Promise<void>;
}

/** What the routes about tenants need; only the operator's socket and web.sock have them. */
export interface TenantAdmin {
  /** Makes it and its socket, or finds the one with this id. */
  create(tenant: NewTenant): Promise<{ tenant: Tenant; created: boolean }>;
  /** @throws NotFound */
  get(id: string): Tenant;
  list(): Tenant[];
  /** Stops and removes everything of it. @throws NotFound, InvalidArgument (the operator stays) */
  remove(id: string): Promise<void>;
  /** host path of its Docker API socket */
  socketOf(tenant: Tenant): string;
  status(): EngineStatus;
}

const limit = z.number().min(0).optional();
const limitsSchema = z.strictObject(
  Object.fromEntries(limitNames.map((name) => [name, limit])) as Record<LimitName, typeof limit>,
);
const startSchema = z.object({
  id: z.string().optional(),
  policy: z.enum(["open", "class", "public"]).default("class"),
  group: z.string().optional(),
  limits: limitsSchema.optional(),
});

function summarize(admin: TenantAdmin, tenant: Tenant): TenantSummary {
  const { id, policy, group, ownLimits: limits = tenant.limits, createdAt } = tenant;
  return { id, policy, ...(group === undefined ? {} : { group }), socket: admin.socketOf(tenant), limits, createdAt };
}

export function tenantRoutes(admin: TenantAdmin): Route[] {
  const summary = (tenant: Tenant) => summarize(admin, tenant);
  return [
    route("GET", "/_ping", () => text("OK")),
    route("POST", "/drydock/v1/tenants", async (call) => {
      const body = await readJson(call, startSchema);
      const { tenant, created } = await admin.create(JSON.parse(JSON.stringify(body)) as NewTenant);
      const { id, policy, limits } = tenant;
      const changes = created ? { changes: changesBetween({}, { id, policy, ...limits }) } : {};
      return { ...json(summary(tenant), created ? 201 : 200), ...changes };
    }),
    route("GET", "/drydock/v1/tenants", () => json(admin.list().map(summary))),
    route("GET", "/drydock/v1/tenants/{id}", ({ params }) => json(summary(admin.get(params["id"] ?? "")))),
    route("DELETE", "/drydock/v1/tenants/{id}", async ({ params }) => {
      await admin.remove(params["id"] ?? "");
      return empty();
    }),
    route("GET", "/drydock/v1/status", () => json(admin.status())),
  ];
}

/** On the operator's socket alone. */
export function tenantControlRoutes(admin: TenantAdmin & TenantControl): Route[] {
  return [
    route("PUT", "/drydock/v1/tenants/{id}/limits", async (call) => {
      const limits = JSON.parse(JSON.stringify(await readJson(call, limitsSchema))) as TenantLimits;
      const before = admin.get(call.params["id"] ?? "").limits;
      const tenant = await admin.setLimits(call.params["id"] ?? "", limits);
      return { ...json(summarize(admin, tenant)), changes: changesBetween(before, tenant.limits) };
    }),
    route("GET", "/drydock/v1/tenants/{id}/usage", ({ params }) => json(admin.usageOf(params["id"] ?? ""))),
    route("POST", "/drydock/v1/tenants/{id}/stop", async ({ params }) => {
      await admin.stop(params["id"] ?? "");
      return empty();
    }),
  ];
}

/**
 * What `web`, which faces the internet without privilege, may do with tenants: all but what would give it the machine.
 * The operator's tenant does not exist for it, nor the policy `open`.
 */
export function withoutOperator(admin: TenantAdmin): TenantAdmin {
  const hide = (id: string): never => {
    throw new NotFound(`no such tenant: ${id}`);
  };
  const get = (id: string) => {
    const tenant = admin.get(id);
    return tenant.policy === "open" ? hide(id) : tenant;
  };
  return {
    create: async (tenant) => {
      if (tenant.id === operatorTenant) {
        return hide(tenant.id);
      }
      if (tenant.policy === "open") {
        throw new PermissionDenied("the playground makes no tenants with the policy open: choose class or public");
      }
      if (tenant.group !== undefined) {
        throw new PermissionDenied("the playground puts nobody in a group: the operator says who trusts whom");
      }
      const made = await admin.create(tenant);
      return made.tenant.policy === "open" ? hide(made.tenant.id) : made;
    },
    get,
    list: () => admin.list().filter(({ policy }) => policy !== "open"),
    remove: async (id) => {
      await admin.remove(get(id).id);
    },
    socketOf: (tenant) => admin.socketOf(tenant),
    status: () => admin.status(),
  };
}

const shutdownSchema = z.object({ containers: z.enum(["stop", "keep"]) });

/** The operator's: ends `drydockd`, with or without its containers. */
export function shutdownRoutes(shutdown: (containers: "stop" | "keep") => Promise<void>): Route[] {
  return [
    route("POST", "/drydock/v1/shutdown", async (call) => {
      const { containers } = await readJson(call, shutdownSchema);
      await shutdown(containers);
      return empty();
    }),
  ];
}
