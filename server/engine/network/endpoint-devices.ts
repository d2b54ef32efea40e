import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Conflict, messageOf, Unknown } from "../errdefs/errors.ts";
import { addressBytes, parseCidr } from "./cidr.ts";
import { bridgeOptions } from "./bridge-options.ts";
import { endpointOptions, type EndpointOptions, writeSysctls } from "./endpoint-options.ts";
import { Links } from "./netlink/links.ts";
import { type Netns, within } from "./netlink/netns.ts";
import type { NetworkHost } from "./network-host.ts";
import type { Network } from "./network-service.ts";
import type { Joined } from "./remote-drivers.ts";
import type { Sandbox } from "./sandbox.ts";
import type { StoredEndpoint } from "./store.ts";
import { plugVlan } from "./vlan-devices.ts";
import { isVlanDriver } from "./vlan-options.ts";

/** What an endpoint asks of its device. */
interface DeviceSettings extends Pick<EndpointOptions, "sysctls"> {
  linkLocal?: readonly string[] | undefined;
  /** hardware address of its user's choice */
  mac?: string | undefined;
  driverOptions?: Readonly<Record<string, string>> | undefined;
}

/** The devices of endpoints: a veth pair to a bridge, or a device on one of the machine's. */
export class EndpointDevices {
  readonly #host: NetworkHost;
  readonly #locked: boolean;

  /** @param options.locked containers have the hardware address that they were given and no other */
  constructor(host: NetworkHost, options: { locked: boolean }) {
    this.#host = host;
    this.#locked = options.locked;
  }

  /** Up, with its addresses; no route but what a plugin wants. @returns the endpoint as it has become */
  async make(
    sandbox: Sandbox,
    endpoint: StoredEndpoint,
    network: Network,
    { sysctls, linkLocal = [], mac, driverOptions = {} }: DeviceSettings,
  ): Promise<StoredEndpoint> {
    const { links } = this.#host;
    const { netns } = sandbox;
    const device = { name: endpoint.interface, mac: endpoint.mac, netns };
    const mtu = this.#host.mtu(network);
    let joined: { endpoint: StoredEndpoint; routes: Joined["routes"] } = { endpoint, routes: [] };
    if (network.remote === true) {
      joined = await this.#join(sandbox, endpoint, network.driver, { mac, options: driverOptions });
    } else if (isVlanDriver(network.driver)) {
      plugVlan(links, network, network.driver, { ...device, mtu });
    } else {
      links.createVeth(endpoint.veth, await this.#host.ensureBridge(network), mtu, device);
      if (this.#locked) links.lockPort(endpoint.veth, endpoint.mac);
    }
    using inside = new Links(netns);
    const index = inside.index(endpoint.interface) ?? 0;
    if (endpoint.ipv4 !== "") inside.addAddress(index, endpoint.ipv4, endpoint.prefixLength);
    if (endpoint.ipv6 !== "") {
      sandbox.enableIPv6(endpoint.interface);
      inside.addAddress(index, endpoint.ipv6, endpoint.prefixLength6);
    }
    for (const address of linkLocal) {
      if (isIPv6(address)) sandbox.enableIPv6(endpoint.interface);
      inside.addAddress(index, address, isIPv6(address) ? 64 : 16);
    }
    if (sysctls.length > 0) within(netns, () => writeSysctls(sysctls, endpoint.interface));
    inside.setUp(index);
    await (endpoint.veth === ""
      ? untilOperational(inside, endpoint.interface)
      : untilOperational(links, endpoint.veth, network.bridge));
    if (endpoint.ipv6 !== "") await untilHeard(netns, endpoint.ipv6);
    for (const { destination, via } of joined.routes) {
      const block = parseCidr(destination);
      if (block === undefined) throw new Unknown(`invalid route of the driver ${network.driver}: ${destination}`);
      inside.addRoute(block, via, index);
    }
    return joined.endpoint;
  }

  async #join(
    sandbox: Sandbox,
    endpoint: StoredEndpoint,
    driverName: string,
    wanted: { mac: string | undefined; options: Readonly<Record<string, string>> },
  ): Promise<{ endpoint: StoredEndpoint; routes: Joined["routes"] }> {
    const { links, remoteDrivers } = this.#host;
    const driver = await remoteDrivers.driver(driverName);
    const mac = (await driver.createEndpoint(endpoint, wanted)) ?? wanted.mac;
    const { device, gateway, gateway6, routes } = await driver.join(endpoint, sandbox.key);
    if (device === "" || links.index(device) === undefined) {
      throw new Unknown(`the driver ${driverName} made no device ${device} for the container`);
    }
    links.move(device, { name: endpoint.interface, netns: sandbox.netns, ...(mac === undefined ? {} : { mac }) });
    return { endpoint: { ...endpoint, gateway, gateway6, ...(mac === undefined ? {} : { mac }) }, routes };
  }

  /** For the plugin that has it, if one has: the endpoint goes. Its device goes with the container, or by `remove`. */
  async leave(endpoint: StoredEndpoint): Promise<void> {
    const { registry, remoteDrivers, warn } = this.#host;
    const network = registry.networks().find(({ id }) => id === endpoint.networkId);
    if (network?.remote !== true) return;
    try {
      await (await remoteDrivers.driver(network.driver)).remove(endpoint);
    } catch (error) {
      // As dockerd: the container is gone from the network, whatever the plugin says.
      warn(`the driver ${network.driver} could not take an endpoint away: ${messageOf(error)}`);
    }
  }

  /** A veth pair some time soon, another device at once. Idempotent. */
  async remove({ netns }: Sandbox, endpoint: StoredEndpoint): Promise<void> {
    await this.leave(endpoint);
    if (endpoint.veth === "") {
      using inside = new Links(netns);
      await inside.delete(endpoint.interface);
    } else {
      this.#host.deletions.begin(endpoint);
    }
  }
}

/**
 * Waits until the devices pass frames. The kernel notices a new link asynchronously; a packet sent before is lost,
 * and a lost SYN costs the learner a second. Gives up silently after a second: it is only about speed.
 */
async function untilOperational(links: Links, ...names: string[]): Promise<void> {
  await until(async () => {
    for (const name of names) if ((await links.look(name))?.operational !== true) return false;
    return true;
  });
}

/** The same for the group in which neighbours are asked for the address (RFC 4291, 2.7.1): it is joined in the background. */
async function untilHeard(netns: Netns, address: string): Promise<void> {
  const last = Buffer.from(addressBytes(address).subarray(13)).toString("hex");
  const group = `ff0200000000000000000001ff${last}`;
  await until(async () => within(netns, () => readFileSync("/proc/net/igmp6", "utf8")).includes(group));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 1_000;
  while (!(await holds()) && performance.now() < end) {
    await sleep(1);
  }
}

/** The next endpoint's interface: as it wants, or with the next number. @throws Conflict */
export function interfaceName(
  network: Network,
  others: readonly StoredEndpoint[],
  options: Readonly<Record<string, string>> | undefined,
  sandbox: Pick<Sandbox, "nextInterface">,
): string {
  const used = new Set(others.map((endpoint) => endpoint.interface));
  const wanted = endpointOptions(options).interface;
  if (wanted !== undefined) {
    if (wanted === "lo" || used.has(wanted)) {
      throw new Conflict(`interface ${wanted} already exists in the container: choose another name`);
    }
    return wanted;
  }
  const prefix = network.driver === "bridge" ? bridgeOptions(network.options).interfacePrefix : "eth";
  return sandbox.nextInterface(prefix, used);
}
