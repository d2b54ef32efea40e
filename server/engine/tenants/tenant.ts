import type { IdMap } from "../mount/mount.ts";
import type { TenantLimits } from "./limits.ts";
import type { Policy } from "./policy.ts";

export type { TenantLimits } from "./limits.ts";

declare const tenantIdBrand: unique symbol;
/** 3 to 40 of `[a-z0-9-]`, starting with a letter. */
export type TenantId = string & { readonly [tenantIdBrand]: true };

/** The operator's own tenant: its API is `drydock.sock`, its policy `open`. */
export const operatorTenant = "operator" as TenantId;

/** `open`: the operator's own machine. `class`: known learners. `public`: anyone with the link. */
export type PolicyName = "open" | "class" | "public";

export interface Tenant {
  id: TenantId;
  policy: PolicyName;
  /** whose members share the results of each other's build steps, by the operator's word; undefined: nobody else's are used */
  group?: string;
  /** what the policy says, as it is now: read at use, like the limits */
  readonly rules: Policy;
  /** as they are now, the policy's beneath its own: read at use, since the operator may change both at any time */
  limits: TenantLimits;
  /** what was said of this tenant alone */
  readonly ownLimits?: TenantLimits;
  /** The host ids that this tenant's 0..65535 are mapped to; never shared with another tenant. */
  idMap: IdMap;
  /** Parent cgroup of all its containers and build steps, relative to the cgroup root: `/drydock/<id>`. */
  cgroupParent: string;
  /** ms since the epoch */
  createdAt: number;
}

/** Directories of one tenant on disk. */
export interface TenantPaths {
  /** persistent, 0711 */
  state: string;
  /** files of the workspace, seen as /workspace in the workstation; owned by the tenant's ids */
  workspace: string;
  /** holds docker.sock; bind-mounted into the workstation as a directory so that it survives our restart */
  socketDir: string;
}
