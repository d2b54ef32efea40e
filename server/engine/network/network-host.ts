import { writeFileSync } from "node:fs";
import type { Database } from "../metadata/database.ts";
import { Conflict, messageOf, PermissionDenied } from "../errdefs/errors.ts";
import type { Tenant, TenantId } from "../tenants/tenant.ts";
import { bridgeOptions } from "./bridge-options.ts";
import { overlaps, parseCidr } from "./cidr.ts";
import { Forwarding } from "./forwarding.ts";
import { enableIPv6 } from "./ipv6-forwarding.ts";
import type { DefaultBridge } from "./default-bridge.ts";
import { type EgressRules, WaysOut } from "./egress.ts";
import { type ConnectionLimits, defaultConnectionLimits } from "./guard-rules.ts";
import { GatewayResolvers } from "./dns/gateway-resolvers.ts";
import { HostResolvers } from "./dns/host-resolvers.ts";
import { Firewall } from "./firewall.ts";
import { defaultBridgePools, Ipam, macOf, randomMac, type SubnetPool, userPools } from "./ipam.ts";
import { LocalNetworkService } from "./local-network-service.ts";
import { Links } from "./netlink/links.ts";
import { isErrno } from "./netlink/kernel-error.ts";
import { NetworkRegistry } from "./network-registry.ts";
import { addressesOf, type Network, type PortBinding } from "./network-service.ts";
import { deviceName, isDeviceName } from "./device-name.ts";
import { hostPeers } from "./host-peers.ts";
import { PortReservations } from "./ports.ts";
import type { PortForward } from "./ruleset.ts";
import { isPredefined } from "./predefined.ts";
import { sandboxKey, splitKey } from "./sandbox-key.ts";
import { RemoteDrivers } from "./remote-drivers.ts";
import { NetworkStore } from "./store.ts";
import { VethDeletions } from "./veth-deletions.ts";
import { closeVlan } from "./vlan-devices.ts";
import { portTarget } from "./way-out.ts";
import { isVlanDriver } from "./vlan-options.ts";

export interface NetworkHostOptions {
  database: Database;
  /** nftables table, also the mark on rules in others' chains */
  table?: string;
  /** at most 4 characters that no other device's name starts with; up to 12 of the network's id follow */
  bridgePrefix?: string;
  /** the same for veth devices, another than `bridgePrefix` */
  vethPrefix?: string;
  bridgePools?: readonly SubnetPool[];
  userPools?: readonly SubnetPool[];
  resolvers?: HostResolvers;
  remoteDrivers?: RemoteDrivers;
  /** the operator's settings of the networks `bridge` */
  defaultBridge?: DefaultBridge;
  /** false: whether the machine forwards packets is left as it is */
  forward?: boolean;
  /** driver → options of networks to be that do not give them */
  defaultOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  connections?: ConnectionLimits;
  /** what a tenant's policy says of the way out; undefined: as the tenant of `service` says */
  rulesOf?: (tenant: TenantId) => EgressRules | undefined;
  /** tells the operator what went wrong without failing a call */
  warn?: (message: string) => void;
}

/**
 * What all tenants' networks share: the kernel's devices, the firewall, address pools, the host's ports.
 *
 * Order of calls: construct; `start`; tenants' services (`service`) restore their sandboxes; `sweep` removes what
 * nobody took up; at the end `shutdown`.
 */
export class NetworkHost {
  readonly registry: NetworkRegistry;
  readonly store: NetworkStore;
  readonly ipam: Ipam;
  readonly ports = new PortReservations();
  readonly resolvers: HostResolvers;
  readonly remoteDrivers: RemoteDrivers;
  readonly bridgePools: readonly SubnetPool[];
  readonly userPools: readonly SubnetPool[];
  readonly bridgePrefix: string;
  readonly vethPrefix: string;
  readonly defaultBridge: DefaultBridge;
  readonly defaultOptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly warn: (message: string) => void;
  /** published ports by sandbox key, as the firewall must have them */
  readonly forwards = new Map<string, PortForward[]>();
  /** name servers of sandboxes in which none of ours can be */
  readonly gatewayResolvers = new GatewayResolvers();
  readonly deletions: VethDeletions;
  readonly #firewall: Firewall;
  readonly #bridges = new Map<string, Promise<number>>();
  /** networks whose bridge is there: those the firewall must know */
  readonly #present = new Set<string>();
  readonly #services = new Map<TenantId, LocalNetworkService>();
  readonly #forwarding: Forwarding;
  readonly waysOut: WaysOut;
  #links: Links | undefined;
  #mtu = 1500;

  constructor(options: NetworkHostOptions) {
    this.store = new NetworkStore(options.database);
    this.registry = new NetworkRegistry(this.store);
    this.bridgePrefix = options.bridgePrefix ?? "dd-";
    this.vethPrefix = options.vethPrefix ?? "ddv";
    this.#takeOwnNames();
    this.bridgePools = options.bridgePools ?? defaultBridgePools;
    this.userPools = options.userPools ?? userPools;
    this.remoteDrivers = options.remoteDrivers ?? new RemoteDrivers();
    this.resolvers = options.resolvers ?? new HostResolvers();
    this.defaultBridge = options.defaultBridge ?? {};
    this.defaultOptions = options.defaultOptions ?? {};
    this.#forwarding = new Forwarding(this.store, options.forward ?? true);
    this.waysOut = new WaysOut((tenant) => options.rulesOf?.(tenant) ?? this.#services.get(tenant)?.rules);
    this.warn = options.warn ?? (() => undefined);
    this.deletions = new VethDeletions(() => this.links, this.warn);
    this.ipam = new Ipam(() => this.#inUseByHost());
    this.#firewall = new Firewall({
      table: options.table ?? "drydock",
      bridgePrefix: this.bridgePrefix,
      vethPrefix: this.vethPrefix,
      connections: options.connections ?? defaultConnectionLimits,
      state: () => this.#rulesetState(),
    });
  }

  /**
   * What an engine of another name wrote (its backup, restored beside it) tells of that one's devices: taken for ours they would
   * be shared, and deleted with ours.
   */
  #takeOwnNames(): void {
    for (const network of this.registry.networks()) {
      const bridge = deviceName(this.bridgePrefix, network.id);
      const chosen = network.driver !== "bridge" || bridgeOptions(network.options).name !== undefined;
      if (!chosen && network.bridge !== bridge) this.registry.updateNetwork({ ...network, bridge });
    }
    for (const { endpoint } of this.registry.endpoints({})) {
      const veth = deviceName(this.vethPrefix, endpoint.id);
      if (endpoint.veth !== "" && endpoint.veth !== veth) this.registry.updateEndpoint({ ...endpoint, veth });
    }
  }

  /** Makes the kernel agree with the metadata: forwarding on, our rules, no bridge that belongs to nothing. Idempotent. */
  async start(): Promise<void> {
    this.#mtu = this.links.defaultMtu();
    this.#forwarding.turnOn();
    const networks = this.registry.networks();
    for (const link of this.links.list().filter(({ name }) => this.#isBridge(name))) {
      const network = networks.find(({ bridge }) => bridge === link.name);
      if (network === undefined) {
        await this.links.delete(link.name);
      } else {
        this.#bridges.set(network.id, Promise.resolve(this.#realise(network)));
      }
    }
    for (const { tenant, sandboxId, bindings } of this.store.ports().filter(({ inside }) => !inside)) {
      this.setForwards(tenant, sandboxId, bindings);
    }
    for (const warning of await this.#firewall.start()) this.warn(warning);
  }

  /** The networks of one tenant. One object per tenant. */
  service(tenant: Tenant): LocalNetworkService {
    const known = this.#services.get(tenant.id);
    if (known !== undefined) return known;
    const service = new LocalNetworkService(tenant, this);
    this.#services.set(tenant.id, service);
    return service;
  }

  /** Removes all of a tenant that goes away. Idempotent. */
  async forget(tenant: Tenant): Promise<void> {
    await this.service(tenant).clear();
    this.#services.delete(tenant.id);
  }

  /** After all sandboxes that still run are restored: removes endpoints, ports and devices of the rest. */
  async sweep(): Promise<void> {
    const stale = new Set([
      ...this.registry.endpoints({}).map(({ tenant, endpoint }) => sandboxKey(tenant, endpoint.sandboxId)),
      ...this.store.ports().map(({ tenant, sandboxId }) => sandboxKey(tenant, sandboxId)),
    ]);
    for (const key of stale) {
      const [tenant, sandboxId] = splitKey(key);
      if (this.#services.get(tenant)?.sandboxes.isOpen(sandboxId) === true) {
        continue;
      }
      for (const { endpoint } of this.registry.endpoints({ tenant, sandboxId })) {
        this.registry.removeEndpoint(endpoint.id);
      }
      this.store.removeSandbox(tenant, sandboxId);
      this.ports.release(key);
      this.forwards.delete(key);
    }
    const kept = new Set(this.registry.endpoints({}).map(({ endpoint }) => endpoint.veth));
    for (const { name } of this.links.list()) {
      if (isDeviceName(name, this.vethPrefix) && !kept.has(name)) await this.links.delete(name);
    }
    await this.#firewall.refresh();
  }

  /**
   * Lets go of sockets; containers keep their networks. With `remove`, takes every bridge, veth, rule and setting of
   * ours from the host (all containers must have ended); the metadata stays. Idempotent.
   */
  async shutdown(options: { remove?: boolean } = {}): Promise<void> {
    for (const service of this.#services.values()) {
      service.sandboxes.letGo();
    }
    this.ports.releaseAll();
    await this.deletions.settled();
    if (options.remove === true) {
      await this.#removeAll();
    }
    this.#links?.[Symbol.dispose]();
    this.#links = undefined;
  }

  get links(): Links {
    this.#links ??= new Links();
    return this.#links;
  }

  /** MTU for devices on `network`, bytes. */
  mtu(network: Network): number {
    const { mtu = 0 } =
      network.driver === "bridge" || isVlanDriver(network.driver) ? bridgeOptions(network.options) : {};
    return mtu === 0 ? this.#mtu : mtu;
  }

  /**
   * To be called before addresses of the network are given out. The default bridge's subnet was chosen long before its
   * first use: if the host has come to use those addresses for something else, it gets others.
   */
  settle(network: Network): Network {
    const subnet = parseCidr(addressesOf(network, 4)?.subnet ?? "");
    const chosen = network.requestedIpam !== undefined;
    if (subnet === undefined || chosen || this.#present.has(network.id) || !isPredefined(network.name)) {
      return network;
    }
    const inUse = this.#inUseByHost();
    if (!inUse.some((other) => overlaps(subnet, other))) {
      return network;
    }
    const [, ...others] = network.ipam;
    const free = this.ipam.freeSubnet(this.bridgePools, this.registry.subnets());
    const settled = { ...network, ipam: [free, ...others] };
    this.registry.updateNetwork(settled);
    return settled;
  }

  /** For a network to be whose bridge has a name of its maker's choice. @throws Conflict, PermissionDenied */
  checkBridgeName(network: Network): void {
    const other = this.registry.networks().find(({ bridge }) => bridge === network.bridge);
    if (other !== undefined) {
      throw new PermissionDenied(
        `cannot create network ${network.id} (${network.bridge}): conflicts with network ${other.id} (${other.bridge}): networks have same bridge name`,
      );
    }
    if (this.links.index(network.bridge) !== undefined) {
      throw new Conflict(`there is a network device ${network.bridge} on this machine already: choose another name`);
    }
  }

  /** Makes the network's bridge unless it is there. @returns the device's index */
  async ensureBridge(network: Network): Promise<number> {
    const known = this.#bridges.get(network.id);
    // somebody may have deleted the device behind our back
    if (known !== undefined && (await this.links.look(network.bridge))?.index === (await known)) return await known;
    // and another one may be making it anew
    const now = this.#bridges.get(network.id);
    const bridge = now === undefined || now === known ? this.#makeBridge(network) : now;
    this.#bridges.set(network.id, bridge);
    bridge.catch(() => this.#bridges.delete(network.id));
    return await bridge;
  }

  /** The device of a default bridge that is described anew, if it is there; nothing is on it. */
  dropBridge(network: Network): void {
    this.removeBridge(network).catch((error: unknown) =>
      this.warn(`could not delete ${network.bridge}: ${messageOf(error)}`),
    );
  }

  /** Idempotent. */
  async removeDevice(network: Network): Promise<void> {
    if (network.remote === true) {
      await (await this.remoteDrivers.driver(network.driver)).deleteNetwork(network);
    } else if (isVlanDriver(network.driver)) {
      await closeVlan(
        this.links,
        network,
        this.registry.networks().filter(({ driver }) => isVlanDriver(driver)),
      );
    } else {
      await this.removeBridge(network);
    }
  }

  /** Idempotent. */
  async removeBridge(network: Network): Promise<void> {
    this.#present.delete(network.id);
    this.waysOut.forget(network.bridge);
    if (this.#bridges.delete(network.id)) {
      await this.#firewall.refresh();
      await this.links.delete(network.bridge);
    }
  }

  async refreshFirewall(): Promise<void> {
    await this.#firewall.refresh();
  }

  /** Addresses of the network that are in use or about to be released, of both families. */
  takenAddresses(networkId: string): Set<string> {
    const used = this.registry.endpoints({ networkId }).flatMap(({ endpoint }) => [endpoint.ipv4, endpoint.ipv6]);
    return new Set([...used, ...this.deletions.addresses(networkId)]);
  }

  /** Points a sandbox's published ports at its gateway's network; the firewall must be refreshed then. */
  setForwards(tenant: TenantId, sandboxId: string, bindings: readonly PortBinding[]): void {
    const key = sandboxKey(tenant, sandboxId);
    const target = portTarget(
      this.registry,
      this.registry.endpoints({ tenant, sandboxId }).map(({ endpoint }) => endpoint),
    );
    this.ports.aim(key, target);
    this.forwards.set(
      key,
      bindings.flatMap(({ protocol, containerPort, hostAddress, hostPort }) => {
        const family = hostAddress.includes(":") ? 6 : 4;
        const address = family === 6 ? target.ipv6 : target.ipv4;
        return address === "" ? [] : [{ protocol, family, hostAddress, hostPort, address, port: containerPort }];
      }),
    );
  }

  async #makeBridge(network: Network): Promise<number> {
    const index = this.#realise(network);
    await this.#firewall.refresh();
    return index;
  }

  #realise(network: Network): number {
    const gateway = addressesOf(network, 4)?.gateway ?? "";
    try {
      this.links.createBridge(network.bridge, gateway === "" ? randomMac() : macOf(gateway), this.mtu(network));
    } catch (error) {
      if (!isErrno(error, "EEXIST")) {
        throw error;
      }
    }
    const index = this.links.index(network.bridge) ?? 0;
    if (addressesOf(network, 6) !== undefined) {
      enableIPv6(network.bridge);
      this.#forwarding.turnOnIPv6();
    }
    for (const config of [addressesOf(network, 4), addressesOf(network, 6)]) {
      const prefixLength = parseCidr(config?.subnet ?? "")?.prefixLength;
      if (config !== undefined && prefixLength !== undefined) {
        this.links.addAddress(index, config.gateway, prefixLength);
      }
    }
    this.links.setUp(index);
    // connections to published ports from the host's own 127.0.0.1 leave through the bridge
    writeFileSync(`/proc/sys/net/ipv4/conf/${network.bridge}/route_localnet`, "1");
    this.#present.add(network.id);
    return index;
  }

  #rulesetState() {
    const networks = this.registry.networks().filter(({ id }) => this.#present.has(id));
    return {
      networks: networks.map((network) => {
        const { interContainer, masquerade } = bridgeOptions(network.options);
        const owner = this.registry.ownerOf(network.id);
        const bytes = this.#services.get(owner)?.bandwidth;
        return {
          bridge: network.bridge,
          pools: ([4, 6] as const).flatMap((family) => {
            const config = addressesOf(network, family);
            return config === undefined ? [] : [{ family, subnet: config.subnet, gateway: config.gateway }];
          }),
          internal: network.internal,
          isolated: !interContainer,
          masquerade,
          ...this.waysOut.of(owner, network.bridge),
          ...(bytes === undefined ? {} : { bandwidth: { name: owner, bytes } }),
        };
      }),
      ports: [...this.forwards.values()].flat(),
      resolvers: this.gatewayResolvers.list(),
    };
  }

  /** A bridge that is ours, by its form or because a network's maker chose the name. */
  #isBridge(device: string): boolean {
    return isDeviceName(device, this.bridgePrefix) || this.registry.networks().some(({ bridge }) => bridge === device);
  }

  #inUseByHost() {
    const ours = new Set(this.links.list().flatMap(({ name, index }) => (this.#isBridge(name) ? [index] : [])));
    const routes = [...this.links.routes(4), ...this.links.routes(6)];
    const blocks = [
      ...routes
        .filter(({ index, destination }) => !ours.has(index) && !/^(?:fe80|ff00):/.test(destination))
        .map(({ destination, prefixLength }) => `${destination}/${prefixLength}`),
      ...[
        ...this.resolvers.get().servers,
        ...hostPeers((device) => this.#isBridge(device)),
        ...[...this.#services.values()].flatMap(({ rules }) =>
          this.waysOut.addresses(rules).opened.map(({ address }) => address),
        ),
      ].map((address) => `${address}/${address.includes(":") ? 128 : 32}`),
    ];
    return blocks.flatMap((block) => parseCidr(block) ?? []);
  }

  async #removeAll(): Promise<void> {
    await this.#firewall.remove();
    const isOurs = (name: string) => isDeviceName(name, this.vethPrefix) || this.#isBridge(name);
    for (const { name } of this.links.list()) if (isOurs(name)) await this.links.delete(name);
    this.#bridges.clear();
    this.#present.clear();
    await this.#forwarding.restore();
  }
}
