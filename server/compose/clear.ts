import { rmdirSync } from "node:fs";
import { messageOf } from "../engine/errdefs/errors.ts";
import * as libc from "../engine/mount/libc.ts";
import { mountPointsBeneath } from "../engine/mount/mount-table.ts";
import { directoriesOf } from "../engine/runtime/cgroups/hierarchy.ts";
import type { TenantStore } from "../engine/tenants/tenant-store.ts";
import type { Config } from "./config.ts";
import type { Machine } from "./machine.ts";

/**
 * Takes everything of ours out of the kernel: tasks, their supervisor, control groups, networks, mounts. All containers should
 * have been stopped; what still runs is killed. Metadata and data stay. Also after a crash; idempotent.
 */
export async function clearMachine(
  config: Config,
  machine: Machine,
  tenants: Pick<TenantStore, "list">,
  log: (line: string) => void,
): Promise<void> {
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      log(`clearing ${what}: ${messageOf(error)}`);
    }
  };
  for (const { id, tenant } of await machine.tasks.list()) {
    await attempt(`container ${id}`, () => machine.tasks.purge(id, tenant));
  }
  await attempt("the supervisor", () => machine.tasks.release());
  for (const tenant of tenants.list()) {
    await attempt(`the control group of ${tenant.id}`, () => machine.cgroups.killAndRemove(tenant.cgroupParent));
  }
  await attempt("networks", () => machine.network.shutdown({ remove: true }));
  await attempt("the connection to the supervisor", () => machine.tasks.close());
  await attempt("the keeper", () => machine.keeper.stop());
  removeIfEmpty(machine, config.cgroupRoot);
  mountPointsBeneath(config.run).forEach((path) => detach(path));
}

/** The parent of all tenants' groups; another engine of this machine may still have groups in it. */
function removeIfEmpty(machine: Machine, path: string): void {
  for (const dir of directoriesOf(machine.cgroups.hierarchy, path)) {
    try {
      rmdirSync(dir);
    } catch (error) {
      if (!["ENOENT", "ENOTEMPTY", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "")) {
        throw error;
      }
    }
  }
}

function detach(path: string): void {
  // The directory stays: it may be the operator's own.
  libc.umount2(path, libc.MNT_DETACH | libc.UMOUNT_NOFOLLOW);
}
