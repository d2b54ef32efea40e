import assert from "node:assert/strict";
import { test } from "node:test";
import { tenantRoutes, withoutOperator } from "../../server/daemon/extension/tenants.ts";
import type { TenantAdmin } from "../../server/daemon/extension/tenants.ts";
import { App } from "../../server/daemon/http/app.ts";
import { Router } from "../../server/daemon/http/router.ts";
import { NotFound } from "../../server/engine/errdefs/errors.ts";
import type { Tenant } from "../../server/engine/tenants/tenant.ts";
import { inject } from "./inject.ts";

function fixture() {
  const tenants = new Map<string, Tenant>();
  const make = (id: string, policy: Tenant["policy"]) => {
    const idMap = { hostBase: 1, size: 1 };
    const tenant = { id, policy, limits: {}, idMap, cgroupParent: "", createdAt: 1 } as unknown as Tenant;
    tenants.set(id, tenant);
    return tenant;
  };
  make("operator", "open");
  const admin: TenantAdmin = {
    create: ({ id = "chosen", policy }) => {
      const known = tenants.get(id);
      return Promise.resolve({ tenant: known ?? make(id, policy), created: known === undefined });
    },
    get: (id) => {
      const tenant = tenants.get(id);
      if (tenant === undefined) throw new NotFound(`no such tenant: ${id}`);
      return tenant;
    },
    list: () => [...tenants.values()],
    remove: (id) => Promise.resolve(void tenants.delete(id)),
    socketOf: ({ id }) => `/run/${id}.sock`,
    status: () => ({ version: "0", baseImages: [], problems: [] }),
  };
  const appOf = (routes: TenantAdmin) => {
    const router = new Router(tenantRoutes(routes));
    return new App({ routes: () => router, serverName: "x", log: () => {} });
  };
  return { tenants, operator: appOf(admin), web: appOf(withoutOperator(admin)) };
}

test("web makes tenants, finds them again and removes them", async () => {
  const { web } = fixture();
  const start = { method: "POST", path: "/drydock/v1/tenants", body: { id: "ada", policy: "public" } };
  const first = await inject(web, start);
  assert.equal(first.status, 201);
  assert.deepEqual(first.json, { id: "ada", policy: "public", socket: "/run/ada.sock", limits: {}, createdAt: 1 });
  assert.equal((await inject(web, start)).status, 200);
  assert.equal((await inject(web, { method: "DELETE", path: "/drydock/v1/tenants/ada" })).status, 204);
  assert.equal((await inject(web, { path: "/drydock/v1/tenants/ada" })).status, 404);
});

test("web gets neither the operator's tenant nor an open one, nor Docker's API", async () => {
  const { web, operator, tenants } = fixture();
  assert.deepEqual((await inject(web, { path: "/drydock/v1/tenants" })).json, []);
  assert.equal(((await inject(operator, { path: "/drydock/v1/tenants" })).json as object[]).length, 1);
  assert.equal((await inject(web, { path: "/drydock/v1/tenants/operator" })).status, 404);
  assert.equal((await inject(web, { method: "DELETE", path: "/drydock/v1/tenants/operator" })).status, 404);
  const post = (body: object) => inject(web, { method: "POST", path: "/drydock/v1/tenants", body });
  assert.equal((await post({ policy: "open" })).status, 403);
  assert.equal((await post({ id: "operator", policy: "public" })).status, 404);
  for (const path of ["/containers/json", "/info", "/drydock/v1/shutdown"]) {
    assert.equal((await inject(web, { path })).status, 404, path);
  }
  assert.deepEqual([...tenants.keys()], ["operator"]);
});
