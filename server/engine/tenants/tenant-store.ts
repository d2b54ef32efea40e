import type { PolicyName, Tenant, TenantId, TenantLimits, TenantPaths } from "./tenant.ts";

export interface NewTenant {
  /** chosen if undefined */
  id?: string;
  policy: PolicyName;
  /** 1 to 40 of `[a-z0-9-]`; see `Tenant.group` */
  group?: string;
  limits?: TenantLimits;
}

/** All tenants of this machine: who they are, which host ids are theirs, where their directories are. */
export interface TenantStore {
  /**
   * Records it, gives it a range of host ids and makes its directories.
   * @throws AlreadyExists, InvalidArgument (id), ResourceExhausted (no range of host ids left)
   */
  create(tenant: NewTenant): Promise<Tenant>;
  /** @throws NotFound `no such tenant: x` */
  get(id: string): Tenant;
  find(id: string): Tenant | undefined;
  /** Oldest first; the operator is one of them. */
  list(): Tenant[];
  paths(id: TenantId): TenantPaths;
  /** Records its limits in place of those it had. @throws NotFound, InvalidArgument (`checkLimits`) */
  setLimits(id: string, limits: TenantLimits): Tenant;
  /**
   * Notes that it is being removed, before the first thing of it is: from then on only `remove` follows, by another
   * drydockd if need be. Idempotent. @throws NotFound, InvalidArgument (the operator stays)
   */
  beginRemoval(id: TenantId): void;
  /** Those whose removal began and did not come to its end. */
  halfRemoved(): Tenant[];
  /**
   * Forgets it and deletes its directories. Its containers, volumes, images and networks are removed before
   * (`TenantServices.destroy`). @throws NotFound, InvalidArgument (the operator stays)
   */
  remove(id: TenantId): Promise<void>;
}
