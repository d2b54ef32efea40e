import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import {
  FailedPrecondition,
  InvalidArgument,
  messageOf,
  NotFound,
  PermissionDenied,
  ResourceExhausted,
} from "../errdefs/errors.ts";
import type { Policy } from "../tenants/policy.ts";
import { checkSubnet } from "../tenants/policy-check.ts";
import { operatorTenant, type Tenant } from "../tenants/tenant.ts";
import { bridgeOptions } from "./bridge-options.ts";
import { type Cidr, type Family, parseCidr } from "./cidr.ts";
import { deviceName } from "./device-name.ts";
import type { AddressConfig } from "./ipam.ts";
import type { NetworkHost } from "./network-host.ts";
import { defaultBridgePool } from "./default-bridge.ts";
import { checkedRequest } from "./network-request.ts";
import type { Endpoint, Network, NetworkService, NewNetwork } from "./network-service.ts";
import { LocalSandboxService } from "./local-sandbox-service.ts";
import { isPredefined, predefined } from "./predefined.ts";
import { openVlan } from "./vlan-devices.ts";
import { isVlanDriver, type VlanDriver, vlanDrivers } from "./vlan-options.ts";

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

  /** what the tenant's policy says, as it is now */
  get rules(): Policy {
    return this.#tenant.rules;
  }

  /** what the tenant's networks may carry to and from the outside, bytes a second, as it is now */
  get bandwidth(): number | undefined {
    return this.#tenant.limits.bandwidth;
  }

  /** Bytes that went out of the tenant's networks or came in, since their bridges are there. */
  traffic(): number {
    const counters = this.list().flatMap(({ bridge }) =>
      bridge === "" ? [] : ["rx_bytes", "tx_bytes"].map((name) => `/sys/class/net/${bridge}/statistics/${name}`),
    );
    return counters.reduce((sum, path) => sum + readCounter(path), 0);
  }

  async create(wanted: NewNetwork): Promise<Network> {
    const request = this.#withDefaults(checkedRequest(wanted, this.list(), this.#tenant.rules));
    this.#checkLimit();
    const driver = request.configOnly === true ? "none" : (request.driver ?? "bridge");
    // Before anything is made: whether there is one.
    if (!isOwnDriver(driver)) await this.#host.remoteDrivers.driver(driver);
    await this.#checkIpamDriver(request.ipamDriver);
    const network = this.#describe(request, driver, request.configOnly === true ? [] : this.#addresses(request));
    if (network.bridge !== "") this.#host.checkBridgeName(network);
    this.#host.registry.addNetwork(this.#tenant.id, network);
    try {
      if (driver === "bridge") {
        await this.#host.ensureBridge(network);
      } else if (isVlanDriver(driver)) {
        return await this.#openVlan(network, driver);
      } else if (network.remote === true) {
        await (await this.#host.remoteDrivers.driver(driver)).createNetwork(network);
      }
    } catch (error) {
      this.#host.registry.removeNetwork(network.id);
      throw error;
    }
    return network;
  }

  /** @throws NotFound, Unknown, NotImplemented for any but the engine's own */
  async #checkIpamDriver(name = ""): Promise<void> {
    if (name === "" || name === "default") return;
    if (this.#tenant.rules.machineNetworks) await this.#host.remoteDrivers.refuseIpam(name);
    throw new NotFound(`plugin ${JSON.stringify(name)} not found`);
  }

  async #openVlan(network: Network, driver: VlanDriver): Promise<Network> {
    const { links, registry } = this.#host;
    const others = registry.networks().filter(({ id }) => id !== network.id);
    const opened = { ...network, ownParent: await openVlan(links, network, driver, others) };
    registry.updateNetwork(opened);
    return opened;
  }

  get(nameOrId: string): Network {
    const all = this.list();
    const exact = all.find(({ id }) => id === nameOrId) ?? all.find(({ name }) => name === nameOrId);
    if (exact !== undefined) {
      return exact;
    }
    const matching = /^[0-9a-f]*$/.test(nameOrId) ? all.filter(({ id }) => id.startsWith(nameOrId)) : [];
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
      throw new PermissionDenied(
        `error while removing network: configuration network ${JSON.stringify(network.name)} is in use`,
      );
    }
    if (this.endpoints({ networkId: network.id }).length > 0) {
      throw new PermissionDenied(
        `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
      );
    }
    // A plugin that does not let it go keeps it.
    if (network.remote === true) await this.#host.removeDevice(network);
    this.#host.registry.removeNetwork(network.id);
    if (network.remote !== true) await this.#host.removeDevice(network);
  }

  drivers(): string[] {
    const remote = this.#tenant.rules.machineNetworks ? [...vlanDrivers, ...this.#host.remoteDrivers.active()] : [];
    return ["bridge", "host", "null", ...remote].toSorted();
  }

  endpoints(filter: { networkId?: string; sandboxId?: string }): Endpoint[] {
    return this.#host.registry
      .endpoints({ ...filter, tenant: this.#tenant.id })
      .map(({ endpoint: { links: _links, gatewayPriority: _priority, ...endpoint } }) => endpoint);
  }

  /** Removes everything, predefined networks too: the tenant goes away. */
  async clear(): Promise<void> {
    await this.sandboxes.closeAll();
    for (const network of this.list()) {
      this.#host.registry.removeNetwork(network.id);
      await this.#host.removeDevice(network);
    }
  }

  #addPredefined(): void {
    const { registry } = this.#host;
    const present = this.list();
    for (const name of predefined) {
      const there = present.find((network) => network.name === name);
      if (name === "bridge") {
        this.#settleBridge(there);
      } else if (there === undefined) {
        registry.addNetwork(this.#tenant.id, this.#describe({ name }, name, []));
      }
    }
  }

  /** The default bridge as the operator's settings say; one that containers are on is changed when it is free. */
  #settleBridge(there: Network | undefined): void {
    const { registry, warn } = this.#host;
    const wanted = this.#defaultBridge();
    const asked = wanted === undefined ? undefined : askedOf(wanted);
    if (there !== undefined && asked === askedOf(there)) {
      return;
    }
    if (there !== undefined && this.endpoints({ networkId: there.id }).length > 0) {
      warn(
        `the default bridge of ${this.#tenant.id} stays as it was: containers run on it; stop them and start drydockd`,
      );
      return;
    }
    if (there !== undefined) {
      registry.removeNetwork(there.id);
      this.#host.dropBridge(there);
    }
    if (wanted !== undefined) {
      const network = this.#describe(wanted, "bridge", this.#defaultAddresses(wanted));
      registry.addNetwork(this.#tenant.id, network);
    }
  }

  /** @throws FailedPrecondition with dockerd's words */
  #defaultAddresses(wanted: NewNetwork): AddressConfig[] {
    try {
      return this.#addresses(wanted, this.#host.bridgePools);
    } catch (error) {
      const subnets = (wanted.ipam ?? []).map(({ subnet }) => subnet).join(", ");
      const hint = subnets === "" ? "" : ` (${subnets}: bip and fixed-cidr in daemon.json)`;
      throw new FailedPrecondition(`Error creating default "bridge" network: ${messageOf(error)}${hint}`, {
        cause: error,
      });
    }
  }

  /** Undefined: none is wanted. Addresses of one's choice are the operator's, for everybody needs others. */
  #defaultBridge(): NewNetwork | undefined {
    const { defaultBridge } = this.#host;
    const { none, enableIPv6, options = {}, hostBinding } = defaultBridge;
    if (this.#tenant.id !== operatorTenant) {
      return { name: "bridge", options };
    }
    const pools = ([4, 6] as const).map((family) =>
      family === 6 && enableIPv6 !== true ? undefined : defaultBridgePool(defaultBridge, family),
    );
    const binding = hostBinding === undefined ? {} : { "com.docker.network.bridge.host_binding_ipv4": hostBinding };
    return none === true
      ? undefined
      : {
          name: "bridge",
          enableIPv6: enableIPv6 ?? false,
          options: { ...options, ...binding },
          ipam: pools.flatMap((pool) => pool ?? []),
        };
  }

  /** The operator's options (`default-network-opts`) beneath the request's own. */
  #withDefaults(request: NewNetwork): NewNetwork {
    const defaults = this.#host.defaultOptions[request.driver ?? "bridge"];
    return defaults === undefined || request.configOnly === true || request.configFrom !== undefined
      ? request
      : { ...request, options: { ...defaults, ...request.options } };
  }

  #checkLimit(): void {
    const limit = this.#tenant.limits.networks;
    if (limit !== undefined && this.list().length - predefined.length >= limit) {
      throw new ResourceExhausted(`no more than ${limit} networks are allowed here: remove one first`);
    }
  }

  /** Subnets for a new network: what is asked for, and a free one for a family of which none is. */
  #addresses(wanted: NewNetwork, free = this.#host.userPools): AddressConfig[] {
    const { ipam, registry } = this.#host;
    const pools = wanted.ipam ?? [];
    const familyOf = (subnet: string | undefined): Family => parseCidr(subnet ?? "")?.family ?? 4;
    const claimed: AddressConfig[] = [];
    const taken = (): Cidr[] => [...registry.subnets(), ...claimed.flatMap(({ subnet }) => parseCidr(subnet) ?? [])];
    for (const family of [4, 6] as const) {
      const asked = pools.filter(({ subnet }) => familyOf(subnet) === family);
      for (const pool of asked) {
        checkSubnet(this.#tenant.rules, pool.subnet);
        // The machine's own networks are what these drivers are for.
        claimed.push(ipam.claimSubnet(pool, taken(), { hostsToo: (wanted.driver ?? "bridge") !== "bridge" }));
      }
      const enabled = family === 4 ? (wanted.enableIPv4 ?? true) : wanted.enableIPv6 === true;
      if (asked.length === 0 && enabled) {
        claimed.push(ipam.freeSubnet(free, taken(), family));
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
      ...(wanted.enableIPv4 === false ? { enableIPv4: false } : {}),
      enableIPv6: wanted.enableIPv6 ?? false,
      options: wanted.options ?? {},
      labels: wanted.labels ?? {},
      ...(isOwnDriver(driver) ? {} : { remote: true }),
      ...(wanted.configOnly === true ? { configOnly: true } : {}),
      ...(wanted.configFrom === undefined ? {} : { configFrom: wanted.configFrom }),
      bridge: driver === "bridge" ? (chosen ?? deviceName(this.#host.bridgePrefix, id)) : "",
      createdAt: Date.now(),
    };
  }
}

/** What of a default bridge was asked for, to compare. */
function askedOf(network: NewNetwork | Network): string {
  const pools = "id" in network ? (network.requestedIpam ?? []) : (network.ipam ?? []);
  return JSON.stringify([pools, network.enableIPv6 ?? false, network.options ?? {}]);
}

/** Whether the driver is the engine's own, not a plugin's. */
function isOwnDriver(driver: string): boolean {
  return ["bridge", "host", "none"].includes(driver) || isVlanDriver(driver);
}

/** 0 where nothing is on the network yet: there is no device. */
function readCounter(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
