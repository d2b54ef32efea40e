import type { Lease } from "../../leases/leases.ts";
import type { UrlSource } from "../../remotes/url-source.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import type { FileDigests } from "./file-digests.ts";
import type { Workshop } from "./workshop.ts";

/** A user as USER and --chown name it, looked up in a root file system. */
export interface ResolvedUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  /** its home directory, `/` if unknown */
  home: string;
}

/**
 * Resolves `name`, `uid`, `name:group`, `uid:gid` in /etc/passwd and /etc/group beneath `root` (safely).
 * @throws NotFound naming what is not in there
 */
export type UserLookup = (root: string, user: string) => ResolvedUser;

/** What operations work with during one build. */
export interface BuildWork {
  tenant: Tenant;
  /** protects what the build makes and uses until it ends */
  lease: Lease;
  workshop: Workshop;
  digests: FileDigests;
  users: UserLookup;
  /** where the engine itself fetches from for it */
  urls: UrlSource;
  /** cache mounts that the build has begun anew */
  renewed: Set<string>;
  /** SOURCE_DATE_EPOCH: part of the key of all that makes layers. Set when the Dockerfile's own ARGs are known. */
  epoch?: number | undefined;
}

/** What a key has beside its definition. Without an epoch it is as it was before there were any. */
export function epochKey({ epoch }: BuildWork): string[] {
  return epoch === undefined ? [] : [`epoch ${epoch}`];
}
