import { NotFound, NotImplemented, Unknown } from "../errdefs/errors.ts";
import { callMethod, dockerPluginDirectories, findPlugin, type PluginDirectories } from "../plugins/discovery.ts";
import type { PluginAddress } from "../plugins/plugin-address.ts";
import { parseCidr } from "./cidr.ts";
import { addressesOf, type Network } from "./network-service.ts";
import type { StoredEndpoint } from "./store.ts";

interface Interface {
  Address?: string;
  AddressIPv6?: string;
  MacAddress?: string;
}

interface Answer {
  Err?: string;
  Implements?: string[];
  Interface?: Interface | null;
  InterfaceName?: { SrcName?: string; DstPrefix?: string };
  Gateway?: string;
  GatewayIPv6?: string;
  StaticRoutes?: { Destination?: string; RouteType?: number; NextHop?: string }[] | null;
}

/** How an endpoint gets its device (libnetwork docs/remote.md, Join). */
export interface Joined {
  /** device of the machine's that is to be moved into the container */
  device: string;
  /** empty: none */
  gateway: string;
  gateway6: string;
  /** through `via`; empty: to neighbours */
  routes: { destination: string; via: string }[];
}

/** Legacy network plugins of the machine: programs that speak libnetwork's remote driver protocol. */
export class RemoteDrivers {
  readonly #directories: PluginDirectories;
  readonly #active = new Map<string, RemoteDriver>();

  constructor(directories: PluginDirectories = dockerPluginDirectories) {
    this.#directories = directories;
  }

  /** Names of those that were used, for `docker info`. */
  active(): string[] {
    return [...this.#active.keys()].toSorted();
  }

  /** Activated when it is first needed. @throws NotFound in dockerd's words; Unknown with the plugin's own */
  async driver(name: string): Promise<RemoteDriver> {
    const address = findPlugin(this.#directories, name);
    if (address === undefined) {
      this.#active.delete(name);
      throw new NotFound(`plugin ${JSON.stringify(name)} not found`);
    }
    const known = this.#active.get(name);
    if (known?.address.text === address.text) {
      return known;
    }
    const driver = new RemoteDriver(name, address);
    await driver.activate();
    this.#active.set(name, driver);
    return driver;
  }

  /**
   * Plugins are not asked for addresses. Returns where there is none of the name.
   * @throws NotFound for one that would have none, in dockerd's words; NotImplemented for one that would
   */
  async refuseIpam(name: string): Promise<void> {
    const address = findPlugin(this.#directories, name);
    if (address === undefined) return;
    const { Implements: kinds = [] } = await callMethod<Answer>(address, "Plugin.Activate", undefined);
    if (!kinds.includes("IpamDriver")) {
      throw new NotFound("legacy plugin: Plugin does not implement the requested driver");
    }
    throw new NotImplemented(
      `the IPAM driver ${JSON.stringify(name)} is a plugin, and plugins are not asked for addresses in this engine: ` +
        "leave it out, and name subnet, range and gateway",
    );
  }
}

/** One of them (libnetwork docs/remote.md, Protocol). All calls throw Unknown with the plugin's own words. */
export class RemoteDriver {
  readonly name: string;
  readonly address: PluginAddress;

  constructor(name: string, address: PluginAddress) {
    this.name = name;
    this.address = address;
  }

  /** @throws NotFound when it is no driver of networks */
  async activate(): Promise<void> {
    const { Implements: kinds = [] } = await callMethod<Answer>(this.address, "Plugin.Activate", undefined);
    if (!kinds.includes("NetworkDriver")) {
      throw new NotFound(`plugin ${JSON.stringify(this.name)} does not implement NetworkDriver`);
    }
    await this.#call("GetCapabilities", undefined);
  }

  async createNetwork(network: Network): Promise<void> {
    const pools = (family: 4 | 6) => {
      const config = addressesOf(network, family);
      if (config === undefined) return [];
      const length = parseCidr(config.subnet)?.prefixLength ?? 0;
      return [
        {
          AddressSpace: "LocalDefault",
          Pool: config.subnet,
          Gateway: `${config.gateway}/${length}`,
          AuxAddresses: config.auxiliary ?? {},
        },
      ];
    };
    await this.#call("CreateNetwork", {
      NetworkID: network.id,
      Options: {
        "com.docker.network.enable_ipv4": network.enableIPv4 ?? true,
        "com.docker.network.enable_ipv6": network.enableIPv6,
        "com.docker.network.generic": network.options,
        ...(network.internal ? { "com.docker.network.internal": true } : {}),
      },
      IPv4Data: pools(4),
      IPv6Data: pools(6),
    });
  }

  async deleteNetwork(network: Network): Promise<void> {
    await this.#call("DeleteNetwork", { NetworkID: network.id });
  }

  /** @returns the hardware address that it chose; undefined: none */
  async createEndpoint(
    endpoint: StoredEndpoint,
    wanted: { mac: string | undefined; options: Readonly<Record<string, string>> },
  ): Promise<string | undefined> {
    const given = {
      Address: endpoint.ipv4 === "" ? "" : `${endpoint.ipv4}/${endpoint.prefixLength}`,
      AddressIPv6: endpoint.ipv6 === "" ? "" : `${endpoint.ipv6}/${endpoint.prefixLength6}`,
      MacAddress: wanted.mac ?? "",
    };
    const { Interface: own } = await this.#call("CreateEndpoint", {
      ...this.#ids(endpoint),
      Interface: given,
      Options: { "com.docker.network.endpoint.exposedports": [], "com.docker.network.portmap": [], ...wanted.options },
    });
    for (const key of ["Address", "AddressIPv6", "MacAddress"] as const) {
      if (given[key] !== "" && (own?.[key] ?? "") !== "") {
        throw new Unknown(`driver attempted to change ${key} of an endpoint: ${given[key]} to ${own?.[key] ?? ""}`);
      }
    }
    return own?.MacAddress || undefined;
  }

  async join(endpoint: StoredEndpoint, sandboxKey: string): Promise<Joined> {
    const answer = await this.#call("Join", { ...this.#ids(endpoint), SandboxKey: sandboxKey, Options: {} });
    return {
      device: answer.InterfaceName?.SrcName ?? "",
      gateway: answer.Gateway ?? "",
      gateway6: answer.GatewayIPv6 ?? "",
      routes: (answer.StaticRoutes ?? []).map(({ Destination = "", NextHop = "" }) => ({
        destination: Destination,
        via: NextHop,
      })),
    };
  }

  /** Takes it out of its container, and away. */
  async remove(endpoint: StoredEndpoint): Promise<void> {
    await this.#call("Leave", this.#ids(endpoint));
    await this.#call("DeleteEndpoint", this.#ids(endpoint));
  }

  #ids({ networkId, id }: StoredEndpoint): { NetworkID: string; EndpointID: string } {
    return { NetworkID: networkId, EndpointID: id };
  }

  async #call(method: string, body: object | undefined): Promise<Answer> {
    return await callMethod<Answer>(this.address, `NetworkDriver.${method}`, body);
  }
}
