import { join } from "node:path";
import type { Database } from "../engine/metadata/database.ts";
import { HostResolvers } from "../engine/network/dns/host-resolvers.ts";
import { NetworkHost } from "../engine/network/network-host.ts";
import { CgroupService } from "../engine/runtime/cgroups/cgroup-service.ts";
import { AddedRuntimeDriver } from "../engine/runtime/drivers/added.ts";
import { CrunDriver } from "../engine/runtime/drivers/crun.ts";
import type { RuntimeDriver } from "../engine/runtime/drivers/driver.ts";
import { RuncDriver } from "../engine/runtime/drivers/runc.ts";
import { RunscDriver } from "../engine/runtime/drivers/runsc.ts";
import { raiseKernelLimits } from "../engine/runtime/kernel-limits.ts";
import { Keeper } from "../engine/runtime/link/keeper.ts";
import { SupervisedTaskService } from "../engine/runtime/supervised-task-service.ts";
import { type HostFacts, readHostFacts } from "../engine/runtime/spec/host.ts";
import type { RuntimeName } from "../engine/runtime/task.ts";
import type { Policy } from "../engine/tenants/policy.ts";
import type { TenantId } from "../engine/tenants/tenant.ts";
import { VolumePlugins } from "../engine/volumes/plugins.ts";
import { loadAppArmor } from "./apparmor.ts";
import type { Config } from "./config.ts";
import type { DaemonJson } from "./daemon-json/schema.ts";
import { defaultBridge, resolverOverrides } from "./daemon-json/settings.ts";

/** What containers of all tenants run on: runtimes, control groups, networks. */
export interface Machine {
  cgroups: CgroupService;
  /** by name; the operator's beside our own */
  drivers: Map<RuntimeName, RuntimeDriver>;
  facts: HostFacts;
  keeper: Keeper;
  tasks: SupervisedTaskService;
  network: NetworkHost;
  volumePlugins: VolumePlugins;
}

/**
 * Takes up what an earlier `drydockd` left running; the run directory is a shared mount.
 * @param log one line for the operator
 * @param rulesOf a tenant's policy, undefined for one that is not there
 */
export async function openMachine(
  config: Config,
  database: Database,
  log: (line: string) => void,
  rulesOf: (tenant: TenantId) => Policy | undefined,
): Promise<Machine> {
  raiseKernelLimits(log);
  const cgroups = new CgroupService();
  const own = [new CrunDriver(join(config.run, "crun")), new RuncDriver(), new RunscDriver(join(config.run, "runsc"))];
  const drivers = new Map<RuntimeName, RuntimeDriver>(own.map((driver) => [driver.name, driver]));
  addRuntimes(drivers, config.daemon, config.run);
  const { "init-path": init } = config.daemon;
  const facts = {
    ...readHostFacts(),
    appArmor: loadAppArmor(log),
    ...(init === undefined ? {} : { initBinary: init }),
  };
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
    defaultBridge: defaultBridge(config.daemon),
    forward: config.daemon["ip-forward"] ?? true,
    defaultOptions: config.daemon["default-network-opts"] ?? {},
    rulesOf,
    warn: log,
  });
  await network.start();
  return { cgroups, drivers, facts, keeper, tasks, network, volumePlugins: new VolumePlugins() };
}

/** Makes the operator's runtimes those of `daemon`. @param run the run directory */
export function addRuntimes(drivers: Machine["drivers"], daemon: DaemonJson, run: string): void {
  for (const [name, driver] of drivers) {
    if (driver instanceof AddedRuntimeDriver) drivers.delete(name);
  }
  for (const [name, { path = "", runtimeArgs = [] }] of Object.entries(daemon.runtimes ?? {})) {
    drivers.set(name, new AddedRuntimeDriver(name, { path, args: runtimeArgs }, join(run, "runtimes")));
  }
}
