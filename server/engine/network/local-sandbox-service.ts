import { randomBytes } from "node:crypto";
import { FailedPrecondition, InvalidArgument, messageOf, NotFound, PermissionDenied } from "../errdefs/errors.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { bridgeOptions } from "./bridge-options.ts";
import { contains, type Family, parseCidr } from "./cidr.ts";
import { otherGateways } from "./default-bridge.ts";
import { deviceName } from "./device-name.ts";
import { outsideNames } from "./egress.ts";
import { type DnsPlace, resolverAddress } from "./dns/dns-server.ts";
import { answerLocally, type VisibleNetwork } from "./dns/local-names.ts";
import { type AddressConfig, macOf, randomMac } from "./ipam.ts";
import { Links } from "./netlink/links.ts";
import type { NetworkHost } from "./network-host.ts";
import {
  addressesOf,
  type ConnectSettings,
  type Endpoint,
  type PortBinding,
  type SandboxOptions,
  type SandboxService,
} from "./network-service.ts";
import { PortReservations } from "./ports.ts";
import { isPredefined } from "./predefined.ts";
import { PrivatePorts } from "./private-ports.ts";
import { isShut } from "./vlan-devices.ts";
import { gatewayEndpoint, portTarget } from "./way-out.ts";
import { EndpointDevices, interfaceName } from "./endpoint-devices.ts";
import { endpointOptions } from "./endpoint-options.ts";
import { sandboxKey } from "./sandbox-key.ts";
import { checkWantedAddresses } from "./wanted-addresses.ts";
import { Sandbox } from "./sandbox.ts";
import type { StoredEndpoint } from "./store.ts";

/** The sandboxes of one tenant: their interfaces, addresses, names and published ports. */
export class LocalSandboxService implements SandboxService {
  readonly #tenant: Tenant;
  readonly #host: NetworkHost;
  readonly #open = new Map<string, Sandbox>();
  readonly #devices: EndpointDevices;
  readonly #ports: PortReservations;
  /** of a tenant whose ports are not the machine's */
  readonly #inside: PrivatePorts | undefined;

  constructor(tenant: Tenant, host: NetworkHost) {
    this.#tenant = tenant;
    this.#host = host;
    this.#devices = new EndpointDevices(host, { locked: !tenant.rules.machineNetworks });
    this.#inside = tenant.rules.publish === "host" ? undefined : new PrivatePorts(host.warn);
    this.#ports = this.#inside === undefined ? host.ports : new PortReservations(this.#inside);
  }

  async open(options: SandboxOptions): Promise<void> {
    const sandbox = this.#enter(options);
    if (options.shared === true) {
      return;
    }
    try {
      sandbox.prepare();
      if (!sandbox.ownStack) await this.#serveNames(sandbox, placeInside(sandbox));
      await this.#openDoor(sandbox);
    } catch (error) {
      await this.close(options.id);
      throw error;
    }
  }

  async connect(sandboxId: string, networkId: string, settings: ConnectSettings = {}): Promise<Endpoint> {
    const sandbox = this.#sandbox(sandboxId);
    const network = this.#host.settle(this.#network(networkId));
    if (this.#endpoints(sandboxId).some((endpoint) => endpoint.networkId === network.id)) {
      throw new PermissionDenied(`endpoint with name ${sandbox.name} already exists in network ${network.name}`);
    }
    if (network.configOnly === true) {
      throw new PermissionDenied("cannot create endpoint on configuration-only network");
    }
    checkWantedAddresses(network, settings);
    for (const wanted of [settings.ipv4, settings.ipv6]) {
      if (wanted !== undefined) await this.#host.deletions.released(network.id, wanted);
    }
    const { sysctls } = endpointOptions(settings.driverOptions);
    let endpoint = this.#reserve(sandbox, network.id, settings);
    if (endpoint.interface === "") {
      return publicEndpoint(endpoint);
    }
    try {
      endpoint = this.#become(
        endpoint,
        await this.#devices.make(sandbox, endpoint, network, { ...settings, sysctls }),
        sandbox,
      );
      this.#route(sandbox);
      await this.#serveAtGateway(sandbox);
      await this.#repoint(sandboxId);
    } catch (error) {
      this.#host.registry.removeEndpoint(endpoint.id);
      await this.#devices.remove(sandbox, endpoint);
      throw error;
    }
    return publicEndpoint(endpoint);
  }

  async disconnect(sandboxId: string, networkId: string): Promise<void> {
    const sandbox = this.#sandbox(sandboxId);
    const network = this.#network(networkId);
    const endpoint = this.#endpoints(sandboxId).find((candidate) => candidate.networkId === network.id);
    if (endpoint === undefined) {
      throw new PermissionDenied(`container ${sandbox.name} is not connected to network ${network.name}`);
    }
    this.#host.registry.removeEndpoint(endpoint.id);
    if (this.#host.gatewayResolvers.leave(sandboxKey(this.#tenant.id, sandboxId), network.bridge)) {
      sandbox.stopNames();
      await this.#serveAtGateway(sandbox);
      await this.#host.refreshFirewall();
    }
    if (endpoint.interface !== "") {
      await this.#devices.remove(sandbox, endpoint);
      await this.#host.deletions.released(network.id, endpoint.ipv4);
      this.#route(sandbox);
      await this.#repoint(sandboxId);
    }
  }

  async publish(sandboxId: string, bindings: PortBinding[]): Promise<PortBinding[]> {
    if (bindings.length === 0) {
      return [];
    }
    const sandbox = this.#sandbox(sandboxId);
    const key = sandboxKey(this.#tenant.id, sandboxId);
    const label = `${sandbox.name} (${this.#endpoints(sandboxId)[0]?.id ?? sandboxId})`;
    const before = sandbox.ports;
    const chosen = await this.#ports.reserve(key, label, this.#boundTo(sandboxId, bindings));
    try {
      sandbox.ports = [...before, ...chosen];
      if (sandbox.durable) {
        this.#storePorts(sandbox);
      }
      await this.#repoint(sandboxId);
    } catch (error) {
      sandbox.ports = [];
      this.#ports.release(key);
      throw error;
    }
    return chosen;
  }

  resolver(sandboxId: string): string | undefined {
    return this.#open.get(sandboxId)?.resolver;
  }

  rename(sandboxId: string, names: string[]): void {
    this.#sandbox(sandboxId).names = names;
  }

  async close(sandboxId: string): Promise<void> {
    const sandbox = this.#open.get(sandboxId);
    this.#open.delete(sandboxId);
    this.#inside?.closeDoor(sandboxId);
    sandbox?.[Symbol.dispose]();
    for (const endpoint of this.#endpoints(sandboxId)) {
      this.#host.registry.removeEndpoint(endpoint.id);
      await this.#devices.leave(endpoint);
      if (endpoint.veth !== "") {
        this.#host.deletions.begin(endpoint);
      }
    }
    const key = sandboxKey(this.#tenant.id, sandboxId);
    const forwarded = this.#host.forwards.delete(key);
    if (forwarded || (sandbox?.ports.length ?? 0) > 0) this.#host.store.removeSandbox(this.#tenant.id, sandboxId);
    const asked = this.#host.gatewayResolvers.leave(key);
    if (forwarded || asked) await this.#host.refreshFirewall();
    this.#ports.release(key);
  }

  async restore(options: SandboxOptions): Promise<void> {
    const sandbox = this.#enter(options);
    if (options.shared === true) {
      return;
    }
    try {
      await (sandbox.ownStack ? this.#serveAtGateway(sandbox) : this.#serveNames(sandbox, placeInside(sandbox)));
    } catch (error) {
      // the container took port 53 while nobody had it: it goes on, without names
      this.#host.warn(`no DNS for ${sandbox.name}: ${messageOf(error)}`);
    }
    const stored = this.#host.store.portsOf(this.#tenant.id, options.id);
    for (const binding of stored?.bindings ?? []) {
      try {
        await this.#ports.reserve(sandboxKey(this.#tenant.id, options.id), sandbox.name, [binding]);
        sandbox.ports = [...sandbox.ports, binding];
      } catch (error) {
        this.#host.warn(`port ${binding.hostPort} of ${sandbox.name} is lost: ${messageOf(error)}`);
      }
    }
    const inside = this.#inside !== undefined;
    if (stored !== undefined && (sandbox.ports.length < stored.bindings.length || stored.inside !== inside)) {
      this.#storePorts(sandbox);
    }
    if (inside) this.#host.forwards.delete(sandboxKey(this.#tenant.id, options.id));
    await this.#openDoor(sandbox);
    await this.#repoint(options.id);
  }

  /** True between `open` or `restore` and `close`. */
  isOpen(sandboxId: string): boolean {
    return this.#open.has(sandboxId);
  }

  async closeAll(): Promise<void> {
    const known = this.#host.registry.endpoints({ tenant: this.#tenant.id }).map(({ endpoint }) => endpoint.sandboxId);
    for (const id of new Set([...this.#open.keys(), ...known])) {
      await this.close(id);
    }
  }

  /** Closes our sockets inside sandboxes and leaves everything else as it is: `drydockd` stops, containers go on. */
  letGo(): void {
    for (const sandbox of this.#open.values()) {
      sandbox[Symbol.dispose]();
    }
    this.#open.clear();
    if (this.#inside !== undefined) this.#ports.releaseAll();
  }

  /** Closed again by `close`. */
  async #openDoor(sandbox: Sandbox): Promise<void> {
    if (sandbox.door) await this.#inside?.openDoor(sandbox.id, sandbox.netns);
  }

  #storePorts({ id, ports }: Sandbox): void {
    this.#host.store.setPorts(this.#tenant.id, id, ports, this.#inside !== undefined);
  }

  #enter(options: SandboxOptions): Sandbox {
    if (this.#open.has(options.id)) {
      throw new FailedPrecondition(`sandbox ${options.id} is already open`);
    }
    const sandbox = new Sandbox(options);
    this.#open.set(options.id, sandbox);
    return sandbox;
  }

  /** Of a sandbox with a stack of its own, once it is on a network whose gateway is the machine. */
  async #serveAtGateway(sandbox: Sandbox): Promise<void> {
    if (!sandbox.ownStack || sandbox.resolver !== undefined) return;
    for (const { networkId, ipv4 } of this.#endpoints(sandbox.id)) {
      const network = this.#host.registry.network(networkId);
      const gateway = addressesOf(network, 4)?.gateway ?? "";
      if (network.driver !== "bridge" || gateway === "" || ipv4 === "") continue;
      const key = sandboxKey(this.#tenant.id, sandbox.id);
      await this.#host.gatewayResolvers.serve(key, { bridge: network.bridge, address: ipv4, gateway }, (place) =>
        this.#serveNames(sandbox, place),
      );
      return await this.#host.refreshFirewall();
    }
  }

  async #serveNames(sandbox: Sandbox, place: DnsPlace): Promise<void> {
    await sandbox.serveNames(
      place,
      (question) => answerLocally(question, this.#visible(sandbox)),
      () => this.#host.resolvers.get().servers,
      this.#host.warn,
      outsideNames(
        () => this.#tenant.rules,
        async (records) => {
          const networks = this.#endpoints(sandbox.id).map(({ networkId }) => this.#host.registry.network(networkId));
          const bridges = networks.map(({ bridge }) => bridge);
          if (this.#host.waysOut.open(bridges, records)) await this.#host.refreshFirewall();
        },
      ),
    );
  }

  /** Bindings that name no host address have the one that is an option of the network they are reached by, if it is. */
  #boundTo(sandboxId: string, bindings: readonly PortBinding[]): PortBinding[] {
    const endpoint = gatewayEndpoint(this.#host.registry, this.#endpoints(sandboxId));
    const network = endpoint === undefined ? undefined : this.#host.registry.network(endpoint.networkId);
    const { hostBinding = "0.0.0.0" } = network?.driver === "bridge" ? bridgeOptions(network.options) : {};
    return bindings.map((binding) =>
      binding.hostAddress === "" && hostBinding !== "0.0.0.0" ? { ...binding, hostAddress: hostBinding } : binding,
    );
  }

  #reserve(sandbox: Sandbox, networkId: string, settings: ConnectSettings): StoredEndpoint {
    const network = this.#host.registry.network(networkId);
    const id = randomBytes(32).toString("hex");
    const [config, config6] = [addressesOf(network, 4), addressesOf(network, 6)];
    const taken = this.#host.takenAddresses(network.id);
    const label = `${network.name} (${network.id})`;
    const ipv4 = config === undefined ? "" : this.#host.ipam.address(config, taken, settings.ipv4, label);
    const ipv6 = config6 === undefined ? "" : this.#host.ipam.address(config6, taken, settings.ipv6, label);
    const plugged = config !== undefined || config6 !== undefined;
    const shut = isShut(network);
    const endpoint: StoredEndpoint = {
      id,
      networkId: network.id,
      sandboxId: sandbox.id,
      interface: plugged ? interfaceName(network, this.#endpoints(sandbox.id), settings.driverOptions, sandbox) : "",
      ipv4,
      prefixLength: parseCidr(config?.subnet ?? "")?.prefixLength ?? 0,
      gateway: shut ? "" : gatewayOf(config, 4),
      ipv6,
      prefixLength6: parseCidr(config6?.subnet ?? "")?.prefixLength ?? 0,
      gateway6: shut ? "" : gatewayOf(config6, 6),
      mac: plugged ? checkedMac(settings.mac ?? (ipv4 === "" ? randomMac() : macOf(ipv4))) : "",
      aliases: settings.aliases ?? [],
      links: settings.links ?? {},
      ...(settings.gatewayPriority === undefined ? {} : { gatewayPriority: settings.gatewayPriority }),
      veth: plugged && network.driver === "bridge" ? deviceName(this.#host.vethPrefix, id) : "",
    };
    this.#host.registry.addEndpoint({ tenant: this.#tenant.id, endpoint, durable: sandbox.durable });
    return endpoint;
  }

  /** Writes down what a plugin has made of an endpoint. */
  #become(before: StoredEndpoint, after: StoredEndpoint, { durable }: Sandbox): StoredEndpoint {
    if (after !== before) {
      this.#host.registry.removeEndpoint(before.id);
      this.#host.registry.addEndpoint({ tenant: this.#tenant.id, endpoint: after, durable });
    }
    return after;
  }

  /** The default routes go through the network that the host has chosen as the way out. */
  #route(sandbox: Sandbox): void {
    using inside = new Links(sandbox.netns);
    const endpoints = this.#endpoints(sandbox.id);
    for (const family of [4, 6] as const) {
      const gateway = (endpoint: StoredEndpoint) => (family === 4 ? endpoint.gateway : endpoint.gateway6);
      const way = gatewayEndpoint(
        this.#host.registry,
        endpoints.filter((endpoint) => gateway(endpoint) !== ""),
      );
      const index = way === undefined ? undefined : inside.index(way.interface);
      if (way !== undefined && index !== undefined) {
        inside.setDefaultRoute(gateway(way), index);
      } else if (family === 4 || endpoints.some(({ ipv6 }) => ipv6 !== "")) {
        inside.deleteDefaultRoute(family);
      }
    }
  }

  /** After a change of networks or ports: published ports lead to where the sandbox is now. */
  async #repoint(sandboxId: string): Promise<void> {
    const sandbox = this.#sandbox(sandboxId);
    if (sandbox.ports.length > 0) {
      for (const { veth } of this.#endpoints(sandboxId).filter((endpoint) => endpoint.veth !== "")) {
        this.#host.links.setHairpin(veth);
      }
      if (this.#inside === undefined) {
        this.#host.setForwards(this.#tenant.id, sandboxId, sandbox.ports);
        await this.#host.refreshFirewall();
      } else {
        const key = sandboxKey(this.#tenant.id, sandboxId);
        this.#ports.aim(key, portTarget(this.#host.registry, this.#endpoints(sandboxId)));
      }
    }
  }

  #visible(sandbox: Sandbox): VisibleNetwork[] {
    return this.#endpoints(sandbox.id).flatMap((own) => {
      const network = this.#host.registry.network(own.networkId);
      const subnets = ([4, 6] as const).flatMap(
        (family) => parseCidr(addressesOf(network, family)?.subnet ?? "") ?? [],
      );
      if (subnets.length === 0) {
        return [];
      }
      return [
        {
          name: network.name,
          named: !isPredefined(network.name),
          contains: (address: string) => subnets.some((subnet) => contains(subnet, address)),
          endpoints: this.#host.registry.endpoints({ networkId: network.id }).map(({ endpoint }) => ({
            ipv4: endpoint.ipv4,
            ipv6: endpoint.ipv6,
            names: [...(this.#open.get(endpoint.sandboxId)?.names ?? []), ...endpoint.aliases],
          })),
          links: own.links,
        },
      ];
    });
  }

  #endpoints(sandboxId: string): StoredEndpoint[] {
    return this.#host.registry.endpoints({ tenant: this.#tenant.id, sandboxId }).map(({ endpoint }) => endpoint);
  }

  /** @throws NotFound also for another tenant's */
  #network(id: string) {
    const network = this.#host.registry.networks(this.#tenant.id).find((candidate) => candidate.id === id);
    if (network === undefined) {
      throw new NotFound(`network ${id} not found`);
    }
    return network;
  }

  #sandbox(id: string): Sandbox {
    const sandbox = this.#open.get(id);
    if (sandbox === undefined) {
      throw new NotFound(`sandbox ${id} is not open`);
    }
    return sandbox;
  }
}

function placeInside({ netns }: Sandbox): DnsPlace {
  return { netns, address: resolverAddress, port: 53 };
}

/** The bridge's own address, or another that the network's maker named for it. */
function gatewayOf(config: AddressConfig | undefined, family: Family): string {
  return config?.auxiliary?.[otherGateways[family]] ?? config?.gateway ?? "";
}

function publicEndpoint({ links: _links, gatewayPriority: _priority, ...endpoint }: StoredEndpoint): Endpoint {
  return endpoint;
}

function checkedMac(mac: string): string {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac) || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) {
    throw new InvalidArgument(
      `invalid MAC address ${mac}: expected six bytes such as 02:42:ac:12:00:02, not multicast`,
    );
  }
  return mac.toLowerCase();
}
