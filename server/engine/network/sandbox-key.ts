import type { TenantId } from "../tenants/tenant.ts";

/** Names a sandbox among all tenants'. */
export function sandboxKey(tenant: TenantId, sandboxId: string): string {
  return `${tenant}/${sandboxId}`;
}

export function splitKey(key: string): [TenantId, string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash) as TenantId, key.slice(slash + 1)];
}
