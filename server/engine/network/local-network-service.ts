import { randomBytes } from "node:crypto";
import { InvalidArgument, NotFound, PermissionDenied, ResourceExhausted } from "../errdefs/errors.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { bridgeOptions } from "./bridge-options.ts";
import { type Cidr, type Family, parseCidr } from "./cidr.ts";
import { deviceName } from "./device-name.ts";
import type { AddressConfig } from "./ipam.ts";
import type { NetworkHost } from "./network-host.ts";
import { checkedRequest } from "./network-request.ts";
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
    const request = checkedRequest(wanted, this.list(), this.#tenant.policy);
    this.#checkLimit();
    const driver = request.configOnly === true ? "none" : (request.driver ?? "bridge");
    const network = this.#describe(request, driver, request.configOnly === true ? [] : this.#addresses(request));
    if (network.bridge !== "") this.#host.checkBridgeName(network);
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
    if (network.configOnly === true && this.list().some(({ configFrom }) => configFrom === network.name)) {
      throw new PermissionDenied(`configuration network ${JSON.stringify(network.name)} is in use`);
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
      .map(({ endpoint: { links: _links, veth: _veth, gatewayPriority: _priority, ...endpoint } }) => endpoint);
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
      this.#host.registry.addNetwork(this.#tenant.id, this.#describe({ name }, name, addresses));
    }
  }

  #checkLimit(): void {
    const limit = this.#tenant.limits.networks;
    if (limit !== undefined && this.list().length - predefined.length >= limit) {
      throw new ResourceExhausted(`no more than ${limit} networks are allowed here: remove one first`);
    }
  }

  /** Subnets for a new network: what is asked for, and a free one for a family of which none is. */
  #addresses(wanted: NewNetwork): AddressConfig[] {
    const { ipam, registry, userPools } = this.#host;
    const pools = wanted.ipam ?? [];
    const familyOf = (subnet: string | undefined): Family => parseCidr(subnet ?? "")?.family ?? 4;
    const claimed: AddressConfig[] = [];
    const taken = (): Cidr[] => [...registry.subnets(), ...claimed.flatMap(({ subnet }) => parseCidr(subnet) ?? [])];
    for (const family of [4, 6] as const) {
      const asked = pools.filter(({ subnet }) => familyOf(subnet) === family);
      for (const pool of asked) {
        claimed.push(ipam.claimSubnet(pool, taken(), { anyBlock: this.#tenant.policy === "open" }));
      }
      if (asked.length === 0 && (family === 4 || wanted.enableIPv6 === true)) {
        claimed.push(ipam.freeSubnet(userPools, taken(), family));
      }
      if (asked.length > 1 && (wanted.driver ?? "bridge") === "bridge") {
        throw new PermissionDenied("bridge driver doesn't support multiple subnets");
      }
    }
    return claimed;
  }

  #describe(wanted: NewNetwork, driver: string, ipam: AddressConfig[]): Network {
    const id = randomBytes(32).toString("hex");
    const chosen = driver === "bridge" ? bridgeOptions(wanted.options ?? {}).name : undefined;
    return {
      id,
      name: wanted.name,
      driver,
      ipam,
      ...(wanted.ipam === undefined || wanted.ipam.length === 0 ? {} : { requestedIpam: wanted.ipam }),
      ipamOptions: wanted.ipamOptions ?? null,
      internal: wanted.internal ?? false,
      attachable: wanted.attachable ?? false,
      enableIPv6: wanted.enableIPv6 ?? false,
      options: wanted.options ?? {},
      labels: wanted.labels ?? {},
      ...(wanted.configOnly === true ? { configOnly: true } : {}),
      ...(wanted.configFrom === undefined ? {} : { configFrom: wanted.configFrom }),
      bridge: driver === "bridge" ? (chosen ?? deviceName(this.#host.bridgePrefix, id)) : "",
      createdAt: Date.now(),
    };
  }
}
