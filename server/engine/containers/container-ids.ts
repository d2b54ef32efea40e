import { InvalidArgument } from "../errdefs/errors.ts";
import type { IdMap } from "../mount/mount.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { Container } from "./container.ts";

type Ids = { host: Pick<Container["host"], "usernsMode"> };

/** The host ids that a container's are: its tenant's, or with `--userns host` the machine's own. */
export function idsOf(container: Ids, { idMap }: Pick<Tenant, "idMap">): IdMap {
  return container.host.usernsMode === "host" ? { hostBase: 0, size: idMap.size } : idMap;
}

/** How files that are its tenant's on disk (those of volumes) are to be shown to a container; undefined: as they are. */
export function ownedIds(container: Ids, { idMap }: Pick<Tenant, "idMap">): IdMap | undefined {
  return container.host.usernsMode === "host" && idMap.hostBase !== 0
    ? { diskBase: idMap.hostBase, hostBase: 0, size: idMap.size }
    : undefined;
}

/**
 * Namespaces of a container can be joined with its user namespace only, or from the machine's.
 * @throws InvalidArgument
 */
export function checkJoin(container: Ids, other: Ids & { name: string }, kind: string): void {
  if (other.host.usernsMode === "host" && container.host.usernsMode !== "host") {
    throw new InvalidArgument(
      `cannot join the ${kind} namespace of container ${other.name}, which has the machine's user ids: give this one --userns host too`,
    );
  }
}
