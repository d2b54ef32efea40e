import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { LocalBuilder } from "../engine/builder/local-builder.ts";
import type { BuilderGroup } from "../engine/builder/local-builder-options.ts";
import type { JoinedContainer } from "../engine/builder/ops/exec-tools.ts";
import { CacheExchange } from "../engine/builder/portable/cache-exchange.ts";
import type { BaseImages } from "../engine/catalogue/base-images.ts";
import { CatalogueTransfer } from "../engine/catalogue/transfer.ts";
import type { LoopShare } from "../engine/concurrency/loop-shares.ts";
import { LocalBindPins } from "../engine/containers/bind-pins.ts";
import { createTenantContainers, type TenantContainers } from "../engine/containers/tenant-containers.ts";
import type { Container, HostOptions } from "../engine/containers/container.ts";
import { MissedImages } from "../engine/containers/missed-images.ts";
import { Conflict, messageOf } from "../engine/errdefs/errors.ts";
import { LocalEventBus } from "../engine/events/local.ts";
import { LocalImageStore } from "../engine/images/local.ts";
import type { LocalNetworkService } from "../engine/network/local-network-service.ts";
import { BlobSources } from "../engine/remotes/blob-sources.ts";
import { RegistryArtifacts } from "../engine/remotes/registry-artifacts.ts";
import type { RegistryReach } from "../engine/remotes/registry-client.ts";
import { RegistryTransfer } from "../engine/remotes/transfer.ts";
import { defaultSpec } from "../engine/runtime/spec/default-spec.ts";
import { resolveUser } from "../engine/runtime/user.ts";
import type { TenantEngine } from "../engine/tenant-engine.ts";
import { HttpUrlSource, type UrlSource } from "../engine/remotes/url-source.ts";
import type { RuntimeName } from "../engine/runtime/task.ts";
import { runtimeOf } from "../engine/tenants/policy.ts";
import { checkReach, checkRegistry } from "../engine/tenants/policy-check.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";
import { hasOwnApi } from "../engine/tenants/workspace-paths.ts";
import { loggedBuild } from "./build-lines.ts";
import { buildCacheLimits } from "./daemon-json/settings.ts";
import type { Shared } from "./shared.ts";

/** One tenant's engine with what only its life cycle needs. */
export interface TenantParts {
  engine: TenantEngine;
  images: LocalImageStore;
  builder: LocalBuilder;
  containers: TenantContainers;
  networks: LocalNetworkService;
  share: LoopShare;
}

/** Puts one tenant's engine together from what all share. */
export function createTenantEngine(shared: Shared, baseImages: BaseImages, tenant: Tenant): TenantParts {
  const paths = shared.tenants.paths(tenant.id);
  const events = new LocalEventBus();
  const networks = shared.machine.network.service(tenant);
  // The images ask the containers, which are made with the images.
  const made: { containers?: TenantContainers } = {};
  const images = new LocalImageStore({
    tenant: tenant.id,
    database: shared.database,
    content: shared.storage.content,
    layers: shared.storage.layers,
    leases: shared.storage.leases,
    events,
    limit: () => tenant.limits.images,
    usedBy: (image) =>
      (made.containers?.containers.list() ?? [])
        .filter(({ imageId }) => imageId === image)
        .map(({ id, pid }) => ({ containerId: id, running: pid !== 0 })),
  });
  const missed = new MissedImages();
  const share = shared.loop.shareOf(tenant.id);
  const transfer = createTransfer(shared, baseImages, { tenant, images, events, missed });
  const containers = createTenantContainers({
    tenant,
    paths,
    volumePlugins: shared.machine.volumePlugins,
    dataRoot: shared.config.data,
    runRoot: shared.config.run,
    database: shared.database,
    events,
    images,
    snapshots: shared.storage.snapshots,
    layers: shared.storage.layers,
    leases: shared.storage.leases,
    mounter: shared.storage.mounter,
    pins: new LocalBindPins(shared.storage.mounter.namespaces, shared.config.run),
    tasks: shared.machine.tasks,
    networks,
    host: shared.machine.facts,
    resolveUser,
    resolvers: () => shared.machine.network.resolvers.get(),
    defaults: shared.settings.containers,
    defaultRuntime: (host) => defaultRuntime(shared, tenant, host),
    missed,
    share,
    disk: () => shared.disks.roomOf(tenant.id),
    version: shared.host.engineVersion,
    assign: shared.storage.quota?.assign.bind(shared.storage.quota),
    report: (what, error) => shared.log(`${tenant.id}: ${what}: ${messageOf(error)}`),
  });
  made.containers = containers;
  const builder = createBuilder(shared, {
    tenant,
    images,
    transfer,
    networks,
    containers: containers.containers,
    share,
  });
  shared.storage.gc.addRoots(containers.containers);
  shared.storage.gc.addRoots(builder.cache);
  const engine: TenantEngine = {
    tenant,
    paths,
    images,
    transfer,
    builder,
    containers: containers.containers,
    streams: containers.streams,
    files: containers.files,
    execs: containers.execs,
    terminals: containers.terminals,
    networks,
    volumes: containers.volumes,
    events,
  };
  return { engine, images, builder, containers, networks, share };
}

function createTransfer(
  shared: Shared,
  baseImages: BaseImages,
  parts: { tenant: Tenant; images: LocalImageStore; events: LocalEventBus; missed: MissedImages },
): CatalogueTransfer {
  const { tenant, images, events, missed } = parts;
  const { content, layers, leases } = shared.storage;
  const blobs = shared.storage.blobs.of(tenant.id);
  const remote = new RegistryTransfer({
    images,
    content,
    layers,
    blobs,
    leases,
    registries: shared.registries,
    fetcher: shared.fetcher,
    installer: shared.installer,
    compressor: shared.compressor,
    sources: new BlobSources(shared.database, tenant.id, layers, blobs),
    limits: shared.settings.transfers,
    reach: registryReach(shared, tenant),
    disk: () => shared.disks.roomOf(tenant.id),
    events,
  });
  return new CatalogueTransfer({
    remote,
    baseImages,
    images,
    hub: shared.hub,
    events,
    onPulled: (name, began) => missed.pulled(name, began),
  });
}

/** For a tenant, as its policy has it at each time. */
export function urlSource(shared: Shared, tenant: Tenant): UrlSource {
  return new HttpUrlSource(
    shared.http,
    () => shared.machine.network.waysOut.addresses(tenant.rules),
    (host) => checkReach(tenant.rules, host),
  );
}

/** As the tenant's policy has it at each time. */
function registryReach(shared: Shared, tenant: Tenant): RegistryReach {
  return {
    get addresses() {
      return shared.machine.network.waysOut.addresses(tenant.rules);
    },
    checkReach: (domain) => checkRegistry(tenant.rules, domain),
  };
}

function groupOf(shared: Shared, { id, group }: Tenant): { group?: BuilderGroup } {
  if (group === undefined) {
    return {};
  }
  const flights = shared.groupFlights.get(group) ?? new Map();
  shared.groupFlights.set(group, flights);
  const isNeeded = () => shared.tenants.list().some((other) => other.group === group && other.id !== id);
  return { group: { scope: `group ${group}`, flights, isNeeded } };
}

/** @param data where its files are. @throws Conflict, in dockerd's words */
function joinedContainer({ id, pid, config }: Container, data: string): JoinedContainer {
  if (pid === 0) {
    throw new Conflict(`cannot join network of a non running container: ${id}`);
  }
  return { pid, hostname: config.hostname, etc: join(data, "containers", id) };
}

function createCacheExchange(shared: Shared, tenant: Tenant, images: LocalImageStore): CacheExchange {
  const { content, layers } = shared.storage;
  const { registries, fetcher, installer, compressor } = shared;
  const artifacts = new RegistryArtifacts({
    registries,
    fetcher,
    content,
    reach: registryReach(shared, tenant),
    limits: shared.settings.transfers,
  });
  const blobs = shared.storage.blobs.of(tenant.id);
  return new CacheExchange({ artifacts, content, images, layers, blobs, installer, compressor });
}

function createBuilder(
  shared: Shared,
  {
    tenant,
    images,
    transfer,
    networks,
    containers,
    share,
  }: Pick<TenantEngine, "tenant" | "transfer" | "containers"> & {
    share: LoopShare;
    images: LocalImageStore;
    networks: LocalNetworkService;
  },
): LocalBuilder {
  const { layers, snapshots, mounter, leases, gc } = shared.storage;
  const runDir = join(shared.config.run, "builds", tenant.id);
  mkdirSync(join(shared.config.run, "builds"), { recursive: true, mode: 0o711 });
  return new LocalBuilder({
    tenant,
    database: shared.database,
    images,
    transfer,
    layers,
    snapshots,
    mounter,
    leases,
    executor: shared.executor,
    runtime: () => runtimeOf(tenant.rules, shared.settings.runtime),
    ...groupOf(shared, tenant),
    spec: (options) => defaultSpec(options, shared.machine.facts),
    networks,
    resolvers: () => shared.machine.network.resolvers.get(),
    users: resolveUser,
    urls: urlSource(shared, tenant),
    container: (name) => joinedContainer(containers.get(name), shared.config.data),
    digests: shared.fileDigests,
    admit: (bytes) => shared.disks.admit(tenant.id, bytes),
    stateDir: join(shared.tenants.paths(tenant.id).state, "builder"),
    runDir,
    onCachePruned: () => gc.schedule(),
    overhear: loggedBuild(tenant.id, shared.log),
    cacheLimits: buildCacheLimits(shared.config.daemon),
    version: shared.host.engineVersion,
    pace: share,
    caches: createCacheExchange(shared, tenant, images),
  });
}

/** A workstation is on the machine's kernel, whatever the rest is on: what is published is opened in its namespaces. */
function defaultRuntime({ settings }: Shared, { rules }: Tenant, { mounts }: Pick<HostOptions, "mounts">): RuntimeName {
  return hasOwnApi(mounts) ? settings.kernelRuntime : runtimeOf(rules, settings.runtime);
}
