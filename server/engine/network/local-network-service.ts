import { randomBytes } from "node:crypto";
import {
  Conflict,
  InvalidArgument,
  NotFound,
  NotImplemented,
  PermissionDenied,
  ResourceExhausted,
} from "../errdefs/errors.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { deviceName } from "./device-name.ts";
import type { AddressConfig } from "./ipam.ts";
import type { NetworkHost } from "./network-host.ts";
import type { Endpoint, Network, NetworkService, NewNetwork } from "./network-service.ts";
import { LocalSandboxService } from "./local-sandbox-service.ts";
import { isPredefined, predefined } from "./predefined.ts";

/** One tenant's networks; the predefined three are there from the start, the default bridge's device from its first use. */
export class LocalNetworkService implements NetworkService {
  readonly sandboxes: LocalSandboxService;
  readonly #tenant: Tenant;
  readonly #host: NetworkHost;

  /** Made by `NetworkHost.service`. */
  constructor(tenant: Tenant, host: NetworkHost) {
    this.#tenant = tenant;
    this.#host = host;
    this.#addPredefined();
    this.sandboxes = new LocalSandboxService(tenant, host);
  }

  async create(wanted: NewNetwork): Promise<Network> {
    this.#check(wanted);
    const driver = wanted.driver ?? "bridge";
    const network = this.#describe({
      ...wanted,
      driver,
      ipam: driver === "bridge" ? [this.#addresses(wanted)] : [],
    });
    this.#host.registry.addNetwork(this.#tenant.id, network);
    try {
      if (driver === "bridge") {
        await this.#host.ensureBridge(network);
      }
    } catch (error) {
      this.#host.registry.removeNetwork(network.id);
      throw error;
    }
    return network;
  }

  get(nameOrId: string): Network {
    const all = this.list();
    const exact = all.find(({ id }) => id === nameOrId) ?? all.find(({ name }) => name === nameOrId);
    if (exact !== undefined) {
      return exact;
    }
    const matching = /^[0-9a-f]+$/.test(nameOrId) ? all.filter(({ id }) => id.startsWith(nameOrId)) : [];
    if (matching.length > 1) {
      throw new InvalidArgument(
        `network ${nameOrId} is ambiguous (${matching.length} matches found based on ID prefix)`,
      );
    }
    const [network] = matching;
    if (network === undefined) {
      throw new NotFound(`network ${nameOrId} not found`);
    }
    return network;
  }

  list(): Network[] {
    return this.#host.registry.networks(this.#tenant.id);
  }

  async remove(nameOrId: string): Promise<void> {
    const network = this.get(nameOrId);
    if (isPredefined(network.name)) {
      throw new PermissionDenied(`${network.name} is a pre-defined network and cannot be removed`);
    }
    if (this.endpoints({ networkId: network.id }).length > 0) {
      throw new PermissionDenied(
        `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
      );
    }
    this.#host.registry.removeNetwork(network.id);
    await this.#host.removeBridge(network);
  }

  endpoints(filter: { networkId?: string; sandboxId?: string }): Endpoint[] {
    return this.#host.registry
      .endpoints({ ...filter, tenant: this.#tenant.id })
      .map(({ endpoint: { links: _links, veth: _veth, ...endpoint } }) => endpoint);
  }

  /** Removes everything, predefined networks too: the tenant goes away. */
  async clear(): Promise<void> {
    await this.sandboxes.closeAll();
    for (const network of this.list()) {
      this.#host.registry.removeNetwork(network.id);
      await this.#host.removeBridge(network);
    }
  }

  #addPredefined(): void {
    const present = new Set(this.list().map(({ name }) => name));
    for (const name of predefined.filter((candidate) => !present.has(candidate))) {
      const addresses =
        name === "bridge" ? [this.#host.ipam.freeSubnet(this.#host.bridgePools, this.#host.registry.subnets())] : [];
      this.#host.registry.addNetwork(this.#tenant.id, this.#describe({ name, driver: name, ipam: addresses }));
    }
  }

  #check(wanted: NewNetwork): void {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(wanted.name)) {
      throw new InvalidArgument(
        `invalid network name ${JSON.stringify(wanted.name)}: only [a-zA-Z0-9][a-zA-Z0-9_.-]* is allowed`,
      );
    }
    const driver = wanted.driver ?? "bridge";
    if (driver !== "bridge") {
      throw predefined.some((name) => name === driver)
        ? new PermissionDenied(`only one instance of "${driver}" network is allowed`)
        : new NotFound(`could not find plugin ${driver}: Drydock has the network driver bridge`);
    }
    if (isPredefined(wanted.name)) {
      throw new PermissionDenied(`operation is not permitted on predefined ${wanted.name} network`);
    }
    const all = this.list();
    if (all.some(({ name }) => name === wanted.name)) {
      throw new Conflict(`network with name ${wanted.name} already exists`);
    }
    const limit = this.#tenant.limits.networks;
    if (limit !== undefined && all.length - predefined.length >= limit) {
      throw new ResourceExhausted(`no more than ${limit} networks are allowed here: remove one first`);
    }
    if (wanted.enableIPv6 === true) {
      throw new NotImplemented("networks with IPv6 are not supported yet");
    }
    if (wanted.options?.["com.docker.network.bridge.name"] !== undefined) {
      throw new NotImplemented(
        "Drydock names the bridge devices of networks itself: leave com.docker.network.bridge.name out",
      );
    }
  }

  #addresses(wanted: NewNetwork): AddressConfig {
    const { ipam, registry, userPools } = this.#host;
    const [config, ...more] = wanted.ipam ?? [];
    if (more.length > 0) {
      throw new NotImplemented("a network has one subnet: several are not supported yet");
    }
    const { subnet, gateway, ipRange } = config ?? {};
    if (subnet === undefined) {
      if (gateway !== undefined || ipRange !== undefined) {
        throw new InvalidArgument(
          "a gateway or ip-range needs a subnet: every ip-range or gateway must have a corresponding subnet",
        );
      }
      return ipam.freeSubnet(userPools, registry.subnets());
    }
    return ipam.claimSubnet(
      { subnet, ...(gateway === undefined ? {} : { gateway }), ...(ipRange === undefined ? {} : { ipRange }) },
      registry.subnets(),
      { anyBlock: this.#tenant.policy === "open" },
    );
  }

  #describe(wanted: Omit<NewNetwork, "ipam"> & { driver: string; ipam: AddressConfig[] }): Network {
    const id = randomBytes(32).toString("hex");
    return {
      id,
      name: wanted.name,
      driver: wanted.driver,
      ipam: wanted.ipam,
      internal: wanted.internal ?? false,
      attachable: wanted.attachable ?? false,
      enableIPv6: false,
      options: wanted.options ?? {},
      labels: wanted.labels ?? {},
      bridge: wanted.driver === "bridge" ? deviceName(this.#host.bridgePrefix, id) : "",
      createdAt: Date.now(),
    };
  }
}
