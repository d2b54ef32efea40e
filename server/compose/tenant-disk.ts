import { join } from "node:path";
import { isEngineError } from "../engine/errdefs/errors.ts";
import { TenantDisk } from "../engine/quota/tenant-disk.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";
import type { Shared } from "./shared.ts";
import type { TenantParts } from "./tenant-engine.ts";

/** Counts what one tenant has on the disk, and has the watch keep it within its limits. */
export function watchDisk(shared: Shared, { engine }: TenantParts): TenantDisk {
  const { tenant, paths } = engine;
  const { config, storage, machine, disks } = shared;
  const volumes = join(config.data, "volumes", tenant.id);
  const disk = new TenantDisk({
    tenant,
    state: paths.state,
    volumes,
    containers: () => engine.containers.list(),
    containerDirectory: (id) => join(config.data, "containers", id),
    snapshots: storage.snapshots,
    stepPrefix: `build-${tenant.id}-`,
    layers: shared.heldLayers,
  });
  const pids = () => machine.cgroups.pids(tenant.cgroupParent);
  disks.add({
    tenant,
    disk,
    pids,
    limit: kernelLimit(shared, tenant, [paths.state, volumes]),
    stopAll: async () => {
      const running = engine.containers.list().filter(({ pid }) => pid !== 0);
      // As by a user: restart policies do not start them again.
      const stops = running.map(({ id }) => engine.containers.stop(id, { timeoutSeconds: 0 }).catch(ignoreGone));
      for (const pid of pids()) kill(pid);
      await Promise.all(stops);
    },
  });
  return disk;
}

/** Has the file system itself keep the tenant's limit, where it can: new files in `directories` count for it from now on. */
function kernelLimit(
  { storage: { quota } }: Shared,
  { idMap }: Tenant,
  directories: readonly string[],
): ((room: { bytes?: number; inodes?: number }) => void) | undefined {
  if (quota === undefined) return undefined;
  const project = idMap.hostBase;
  for (const directory of directories) {
    if (quota.projectOf(directory) !== project) quota.assignTree(directory, project);
  }
  return ({ bytes, inodes }) => {
    const used = quota.usage(project);
    quota.limit(project, {
      ...(bytes === undefined ? {} : { bytes: used.bytes + Math.max(0, bytes) }),
      ...(inodes === undefined ? {} : { inodes: used.inodes + Math.max(0, inodes) }),
    });
  };
}

function ignoreGone(error: unknown): void {
  if (!isEngineError(error, "not_modified", "not_found")) throw error;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
