import { basename } from "node:path";
import { limitText } from "../contract/size-text.ts";
import type { Container } from "../engine/containers/container.ts";
import { type Holder, MemoryGuard } from "../engine/quota/memory-guard.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";
import type { Shared } from "./shared.ts";
import type { TenantServices } from "./tenant-directory.ts";

/** Over all tenants' containers and build steps. @param services of a tenant that is there */
export function guardMemory(
  { config, log, machine: { cgroups }, tenants }: Pick<Shared, "config" | "log" | "machine" | "tenants">,
  services: (tenant: Tenant) => Promise<Pick<TenantServices, "containers" | "warn">>,
): MemoryGuard {
  const end = async (holder: Holder): Promise<void> => {
    const { tenant: id, path } = holder.group;
    await cgroups.endForMemory(path);
    const tenant = tenants.find(id);
    if (tenant === undefined) return;
    const { containers, warn } = await services(tenant);
    warn(
      told(
        holder,
        containers().find((container) => container.id === basename(path)),
      ),
    );
  };
  return new MemoryGuard({
    groups: () =>
      tenants
        .list()
        .flatMap(({ id, cgroupParent }) =>
          cgroups.within(cgroupParent).map((path) => ({ tenant: id, path, pids: cgroups.pids(path) })),
        ),
    end,
    log: (line) => log(line, "warn"),
    reserve: config.memoryReserve,
  });
}

function told({ bytes, what }: Holder, container: Pick<Container, "name"> | undefined): string {
  const ended = container === undefined ? "A step of a build" : `The container ${container.name}`;
  return `${ended} was ended: its ${what} held ${limitText(bytes)}, and the machine was short of memory for them.`;
}
