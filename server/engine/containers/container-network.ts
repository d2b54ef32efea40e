import { InvalidArgument, PermissionDenied, Unknown, isEngineError } from "../errdefs/errors.ts";
import {
  addressesOf,
  type Endpoint,
  type Network,
  type PortBinding,
  type SandboxOptions,
} from "../network/network-service.ts";
import { hasOwnStack } from "../network/container-files.ts";
import { endpointOptions } from "../network/endpoint-options.ts";
import { checkUserChosen, checkWantedAddresses } from "../network/wanted-addresses.ts";
import { isShut } from "../network/vlan-devices.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container, EndpointRequest } from "./container.ts";
import type { EtcFiles } from "./etc-files.ts";
import { type HostEntry, extraHost } from "./extra-hosts.ts";
import { linkedContainers, linksOf, linkTargets } from "./links.ts";
import { checkEndpoint } from "../tenants/policy-check.ts";
import { hasOwnApi } from "../tenants/workspace-paths.ts";
import { namedNetwork, parseNetworkMode } from "./network-mode.ts";
import { checkPorts, publishedPorts } from "./published-ports.ts";

/** A container's place on its networks, from the start of its task to its end. */
export class ContainerNetwork {
  readonly #parts: Pick<ContainerParts, "networks" | "events" | "table" | "defaults" | "tenant">;
  readonly #etc: EtcFiles;
  /** ports that are about to be published */
  #publishing = 0;

  constructor(parts: Pick<ContainerParts, "networks" | "events" | "table" | "defaults" | "tenant">, etc: EtcFiles) {
    this.#parts = parts;
    this.#etc = etc;
  }

  /** Whether it is on networks of its own; else it is on those of another container. */
  hasSandbox(container: Container): boolean {
    return parseNetworkMode(container.host.networkMode).kind !== "container";
  }

  /**
   * Before the task is made.
   * @throws NotFound `network x not found`, naming what is missing before anything is made; InvalidArgument (addresses)
   */
  check(container: Container): void {
    checkTogether(container);
    for (const [name, settings] of Object.entries(container.networks)) {
      checkWantedAddresses(this.#parts.networks.get(name), settings);
      endpointOptions(settings.driverOptions);
    }
    const linked =
      parseNetworkMode(container.host.networkMode).kind === "none" ? [] : linkTargets(container, this.#parts.table);
    for (const [, other] of linked) {
      if (!Object.hasOwn(other.networks, "bridge")) {
        throw new InvalidArgument(`Cannot link to /${other.name}, as it does not belong to the default network`);
      }
    }
  }

  /** Between create and start of the task: interfaces, DNS, ports. Returns what was published. */
  async open(container: Container, pid: number): Promise<PortBinding[]> {
    const { sandboxes } = this.#parts.networks;
    await sandboxes.open(sandboxOptions(container, pid));
    for (const [name, settings] of Object.entries(container.networks)) {
      await this.#connect(container, this.#parts.networks.get(name), settings);
    }
    if (parseNetworkMode(container.host.networkMode).kind === "host") {
      return [];
    }
    const published = await this.#publishPorts(container);
    if (hasOwnStack(container.host.runtime)) this.#writeResolvers(container);
    this.#writeHosts(container);
    return published;
  }

  /** Not while it is on internal networks alone, by which nobody comes in. */
  async #publishPorts(container: Container): Promise<PortBinding[]> {
    const bindings = portsToPublish(container);
    const { networks } = this.#parts;
    const reached = Object.keys(container.networks).some((name) => name !== "none" && !isShut(networks.get(name)));
    if (bindings.length === 0 || !reached) return [];
    const used = publishedPorts(this.#parts.table.all().map(({ record }) => record));
    checkPorts(this.#parts.tenant, bindings.length, used + this.#publishing);
    this.#publishing += bindings.length;
    try {
      return await networks.sandboxes.publish(container.id, bindings);
    } finally {
      this.#publishing -= bindings.length;
    }
  }

  /** Where it is now, and on which networks. */
  connected(container: Container): { endpoint: Endpoint; network: Network }[] {
    return this.#parts.networks.endpoints({ sandboxId: container.id }).flatMap((endpoint) => {
      const network = this.#find(endpoint.networkId);
      return network === undefined ? [] : [{ endpoint, network }];
    });
  }

  /** After a restart of drydockd, for a container that runs on. */
  async restore(container: Container): Promise<void> {
    await this.#parts.networks.sandboxes.restore(sandboxOptions(container, container.pid));
  }

  /** After the end of its task. Idempotent. */
  async close(container: Container): Promise<void> {
    const endpoints = this.#parts.networks.endpoints({ sandboxId: container.id });
    await this.#parts.networks.sandboxes.close(container.id);
    for (const endpoint of endpoints) {
      this.#publish("disconnect", endpoint.networkId, container);
    }
  }

  rename(container: Container): void {
    if (container.pid > 0 && this.hasSandbox(container)) {
      this.#parts.networks.sandboxes.rename(container.id, sandboxNames(container));
    }
  }

  /** `docker network connect`. @throws NotFound, Conflict, InvalidArgument */
  async connectNetwork(entry: ContainerEntry, nameOrId: string, request: EndpointRequest): Promise<void> {
    checkEndpoint(this.#parts.tenant.rules, request);
    const container = entry.record;
    const network = container.pid > 0 ? this.#parts.networks.get(nameOrId) : this.#find(nameOrId);
    if (network === undefined) {
      // As with dockerd it may come to be until the start, which says if it has not.
      this.#parts.table.update(entry, { networks: { ...container.networks, [nameOrId]: request } });
      return;
    }
    const { mac } = container.host;
    const settings = mac !== undefined && isByMode(container, network) ? { mac, ...request } : request;
    checkUnshared(container);
    checkUserChosen(network, settings);
    checkConnectable(container, network);
    if (container.pid > 0) checkWantedAddresses(network, settings);
    endpointOptions(settings.driverOptions);
    if (this.#keyOf(container, network) !== undefined) {
      // Of a container that does not run the settings stay, without a word.
      if (container.pid <= 0) return;
      throw new PermissionDenied(`endpoint with name ${container.name} already exists in network ${network.name}`);
    }
    if (container.pid > 0) {
      await this.#connect(container, network, settings);
    }
    this.#parts.table.update(entry, {
      networks: { ...container.networks, [network.name]: { ...settings, connectedLater: true } },
    });
    if (container.pid > 0) {
      if (container.ports.length === 0) {
        this.#parts.table.update(entry, { ports: await this.#publishPorts(entry.record) });
      }
      this.#writeResolvers(entry.record);
      this.#writeHosts(entry.record);
    }
  }

  /**
   * `docker network disconnect`. With `force`, or while it does not run, also from a network that is gone, by the name
   * that the container knows it by.
   * @throws NotFound, InvalidArgument, Unknown (not connected)
   */
  async disconnectNetwork(entry: ContainerEntry, nameOrId: string, force: boolean): Promise<void> {
    const container = entry.record;
    if ((force || container.pid <= 0) && this.#find(nameOrId) === undefined) {
      const { [nameOrId]: known, ...networks } = container.networks;
      if (known === undefined) throw notConnected(container, `the network ${nameOrId}`);
      this.#parts.table.update(entry, { networks });
      return;
    }
    const network = this.#parts.networks.get(nameOrId);
    const key = this.#keyOf(container, network);
    if (network.driver === "host" && parseNetworkMode(container.host.networkMode).kind === "host") {
      throw new InvalidArgument(hostConflict);
    }
    if (key === undefined) {
      throw notConnected(container, `${container.pid > 0 ? "network" : "the network"} ${network.name}`);
    }
    if (container.pid > 0) {
      await this.#parts.networks.sandboxes.disconnect(container.id, network.id);
    }
    this.#publish("disconnect", network.id, container);
    const { [key]: left, ...networks } = container.networks;
    // Back on that network it has the address again: Compose goes and comes to set aliases.
    const kept = left?.mac !== undefined && isByMode(container, network) ? { mac: left.mac } : {};
    this.#parts.table.update(entry, { networks, host: { ...container.host, ...kept } });
    if (container.pid > 0) {
      this.#writeHosts(entry.record);
    }
  }

  async #connect(container: Container, network: Network, settings: EndpointRequest): Promise<Endpoint> {
    const isOwn = network.name !== "bridge" && isByMode(container, network);
    const links = linksOf([...settings.links, ...(isOwn ? container.host.links : [])]);
    const endpoint = await this.#parts.networks.sandboxes.connect(container.id, network.id, {
      ...settings,
      aliases: settings.aliases,
      links,
    });
    this.#publish("connect", network.id, container);
    return endpoint;
  }

  /** The key of `container.networks` that stands for the network: it may be there by name or by id. */
  #keyOf(container: Container, network: Network): string | undefined {
    return Object.keys(container.networks).find(
      (key) => key === network.name || (/^[0-9a-f]{12,64}$/.test(key) && network.id.startsWith(key)),
    );
  }

  /** Where it asks for names, once it is on its networks. */
  resolver(container: Container): string | undefined {
    return this.#parts.networks.sandboxes.resolver(container.id);
  }

  #writeResolvers(container: Container): void {
    this.#etc.writeResolvers(container, "own", this.resolver(container));
  }

  #writeHosts(container: Container): void {
    const endpoints = this.#parts.networks.endpoints({ sandboxId: container.id });
    const own = endpoints
      .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
      .filter((address) => address !== "")
      .map((address) => ({ address, names: hostNames(container) }));
    // Who is on no network is told the default one's.
    const [own4 = addressesOf(this.#parts.networks.get("bridge"), 4)?.gateway] = endpoints.map(
      ({ gateway }) => gateway || undefined,
    );
    const gateways = this.#parts.defaults?.hostGateways ?? (own4 === undefined ? [] : [own4]);
    const extra = container.host.extraHosts.flatMap((entry) => extraHost(entry, gateways));
    this.#etc.writeHosts(container, [...extra, ...this.#linkedHosts(container), ...own]);
  }

  #linkedHosts(container: Container): HostEntry[] {
    return linkedContainers(container, this.#parts).map(({ alias, address, container: { config, name } }) => ({
      address,
      names: [...new Set([alias, config.hostname, name])],
    }));
  }

  #find(name: string): Network | undefined {
    try {
      return this.#parts.networks.get(name);
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return undefined;
      }
      throw error;
    }
  }

  #publish(action: "connect" | "disconnect", networkId: string, container: Container): void {
    const network = this.#find(networkId);
    this.#parts.events.publish({
      type: "network",
      action,
      actor: {
        id: networkId,
        attributes: {
          container: container.id,
          name: network?.name ?? "",
          type: driverName(network?.driver ?? "bridge"),
        },
      },
    });
  }
}

/** As events name it: dockerd's driver of `none` is called `null`. */
function driverName(driver: Network["driver"]): string {
  return driver === "none" ? "null" : driver;
}

function notConnected({ id }: Container, what: string): Unknown {
  return new Unknown(`container ${id} is not connected to ${what}`);
}

const hostConflict = "container cannot be disconnected from host network or connected to host network";

const sharedConflict =
  "container sharing network namespace with another container or host cannot be connected to any other network";

const noneConflict =
  "container cannot be connected to multiple networks with one of the networks in private (none) mode";

/** @throws InvalidArgument */
function checkUnshared(container: Container): void {
  if (parseNetworkMode(container.host.networkMode).kind === "container") {
    throw new InvalidArgument(sharedConflict);
  }
}

/** Networks that were named at its creation, which `connect` would refuse. @throws InvalidArgument in dockerd's words */
function checkTogether(container: Container): void {
  const names = Object.keys(container.networks);
  if (parseNetworkMode(container.host.networkMode).kind === "host" && names.some((name) => name !== "host")) {
    throw new InvalidArgument(sharedConflict);
  }
  if (names.length > 1 && names.includes("none")) {
    throw new InvalidArgument(noneConflict);
  }
}

/** @throws InvalidArgument in dockerd's words (runconfig, ErrConflict...) */
function checkConnectable(container: Container, network: Network): void {
  const { kind } = parseNetworkMode(container.host.networkMode);
  if (kind === "host" && network.driver !== "host") {
    throw new InvalidArgument(sharedConflict);
  }
  if (network.driver === "host") {
    throw new InvalidArgument(hostConflict);
  }
  const others = Object.keys(container.networks).filter((name) => name !== network.name);
  const isNone = network.driver === "none" && !network.configOnly;
  if (others.length > 0 && (others.includes("none") || isNone)) {
    throw new InvalidArgument(noneConflict);
  }
}

function sandboxOptions(container: Container, pid: number): SandboxOptions {
  const { dns, dnsSearch, dnsOptions } = container.host;
  return {
    id: container.id,
    netns: `/proc/${pid}/ns/net`,
    ...(container.host.networkMode === "host" ? { shared: true } : {}),
    names: sandboxNames(container),
    dns: { servers: dns, search: dnsSearch, options: dnsOptions },
    ...(hasOwnStack(container.host.runtime) ? { ownStack: true } : {}),
    door: hasOwnApi(container.host.mounts),
  };
}

function sandboxNames(container: Container): string[] {
  return [...new Set([container.name, container.id.slice(0, 12), container.config.hostname])];
}

function hostNames(container: Container): string[] {
  const { hostname, domainname } = container.config;
  const full = domainname === "" ? hostname : `${hostname}.${domainname}`;
  const [first = full] = full.split(".", 1);
  return [...new Set([full, first])];
}

/**
 * Explicit bindings, and with `-P` every exposed port that has none. As with dockerd the highest chosen ports come first, and
 * those that are left to us last, so that these take none of the others.
 */
function portsToPublish(container: Container): PortBinding[] {
  const { publishAllPorts } = container.host;
  const portBindings = container.host.portBindings.toSorted((a, b) => b.hostPort - a.hostPort);
  if (!publishAllPorts) {
    return portBindings;
  }
  const bound = new Set(portBindings.map((binding) => `${binding.containerPort}/${binding.protocol}`));
  const exposed = container.config.exposedPorts.flatMap((port): PortBinding[] => {
    const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(port);
    if (match === null) {
      return [];
    }
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), first + 1_000);
    const protocol = (match[3] ?? "tcp") as PortBinding["protocol"];
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({
      protocol,
      containerPort: first + index,
      hostAddress: "",
      hostPort: 0,
    }));
  });
  return [...portBindings, ...exposed.filter((binding) => !bound.has(`${binding.containerPort}/${binding.protocol}`))];
}

/** Whether it is the network of `--network`. */
function isByMode({ host }: Container, network: Network): boolean {
  const named = namedNetwork(host.networkMode);
  return named !== undefined && (network.name === named || network.id.startsWith(named));
}
