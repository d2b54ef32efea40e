import { join } from "node:path";
import type { Database } from "../engine/metadata/database.ts";
import { HostResolvers, type ResolverSettings } from "../engine/network/dns/host-resolvers.ts";
import { NetworkHost } from "../engine/network/network-host.ts";
import { CgroupService } from "../engine/runtime/cgroups/cgroup-service.ts";
import { CrunDriver } from "../engine/runtime/drivers/crun.ts";
import type { RuntimeDriver } from "../engine/runtime/drivers/driver.ts";
import { RuncDriver } from "../engine/runtime/drivers/runc.ts";
import { RunscDriver } from "../engine/runtime/drivers/runsc.ts";
import { Keeper } from "../engine/runtime/link/keeper.ts";
import { SupervisedTaskService } from "../engine/runtime/supervised-task-service.ts";
import { type HostFacts, readHostFacts } from "../engine/runtime/spec/host.ts";
import type { RuntimeName } from "../engine/runtime/task.ts";
import { VolumePlugins } from "../engine/volumes/plugins.ts";
import type { Config } from "./config.ts";
import type { DaemonJson } from "./daemon-json.ts";

/** What containers of all tenants run on: runtimes, control groups, networks. */
export interface Machine {
  cgroups: CgroupService;
  drivers: Record<RuntimeName, RuntimeDriver>;
  facts: HostFacts;
  keeper: Keeper;
  tasks: SupervisedTaskService;
  network: NetworkHost;
  volumePlugins: VolumePlugins;
}

/** Takes up what an earlier `drydockd` left running; the run directory is a shared mount. @param log one line for the operator */
export async function openMachine(config: Config, database: Database, log: (line: string) => void): Promise<Machine> {
  const cgroups = new CgroupService();
  const drivers = {
    crun: new CrunDriver(join(config.run, "crun")),
    runc: new RuncDriver(),
    runsc: new RunscDriver(join(config.run, "runsc")),
  };
  const facts = readHostFacts();
  const keeper = new Keeper(
    join(config.run, "keeper"),
    cgroups.hierarchy.unified,
    cgroups.keeperGroups(config.cgroupRoot),
  );
  const tasks = new SupervisedTaskService({
    runDir: config.run,
    keeper,
    cgroups,
    drivers,
    capabilities: facts.capabilities,
    log,
  });
  await tasks.start();
  const network = new NetworkHost({
    database,
    table: config.networkTable,
    bridgePrefix: config.bridgePrefix,
    vethPrefix: config.vethPrefix,
    resolvers: new HostResolvers(undefined, resolverOverrides(config.daemon)),
    ...(config.daemon["default-address-pools"] === undefined
      ? {}
      : { userPools: config.daemon["default-address-pools"] }),
    warn: log,
  });
  await network.start();
  return { cgroups, drivers, facts, keeper, tasks, network, volumePlugins: new VolumePlugins() };
}

/** What containers are given in place of the machine's own resolvers. */
export function resolverOverrides(daemon: DaemonJson): Partial<ResolverSettings> {
  const { dns, "dns-search": search, "dns-opts": options } = daemon;
  return {
    ...(dns === undefined || dns.length === 0 ? {} : { servers: dns }),
    ...(search === undefined ? {} : { search }),
    ...(options === undefined ? {} : { options }),
  };
}
