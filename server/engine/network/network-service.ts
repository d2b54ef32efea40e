import { type Family, parseCidr } from "./cidr.ts";
import type { AddressConfig, WantedPool } from "./ipam.ts";

/** One network of a tenant. `id` is 64 hex digits. */
export interface Network {
  id: string;
  name: string;
  /** `bridge`, `macvlan`, `ipvlan`, `host`, `none`, or a plugin's name */
  driver: string;
  /** its subnets as they are used, IPv4 before IPv6; an IPv6 one counts only with `enableIPv6` */
  ipam: AddressConfig[];
  /** the subnets that its maker asked for, as written; undefined: none */
  requestedIpam?: WantedPool[];
  /** null: none were given (Engine API, IPAM.Options) */
  ipamOptions?: Record<string, string> | null;
  /** no route out of it */
  internal: boolean;
  attachable: boolean;
  /** undefined: true */
  enableIPv4?: boolean;
  enableIPv6: boolean;
  options: Record<string, string>;
  labels: Record<string, string>;
  /** only a configuration for others, which name it as their `configFrom` */
  configOnly?: boolean;
  configFrom?: string;
  /** its driver is a program of the machine's */
  remote?: boolean;
  /** the device that a macvlan's or ipvlan's is made on was made for it */
  ownParent?: boolean;
  /** the host's bridge device, at most 15 characters; empty for host, none and configurations */
  bridge: string;
  /** ms since the epoch */
  createdAt: number;
}

/** The subnet of `family` that a network's endpoints have addresses of; undefined: none. */
export function addressesOf(
  network: Pick<Network, "ipam" | "enableIPv4" | "enableIPv6">,
  family: Family,
): AddressConfig | undefined {
  return !(family === 6 ? network.enableIPv6 : (network.enableIPv4 ?? true))
    ? undefined
    : network.ipam.find(({ subnet }) => parseCidr(subnet)?.family === family);
}

export interface NewNetwork {
  name: string;
  driver?: string;
  ipam?: WantedPool[];
  ipamDriver?: string;
  ipamOptions?: Record<string, string> | null;
  internal?: boolean;
  attachable?: boolean;
  enableIPv4?: boolean;
  enableIPv6?: boolean;
  options?: Record<string, string>;
  labels?: Record<string, string>;
  scope?: string;
  ingress?: boolean;
  configOnly?: boolean;
  configFrom?: string;
}

/** A container's (or build step's) place on one network. */
export interface Endpoint {
  id: string;
  networkId: string;
  sandboxId: string;
  /** `eth0`, ... inside */
  interface: string;
  /** without prefix length */
  ipv4: string;
  prefixLength: number;
  /** empty: no way out */
  gateway: string;
  /** the same in IPv6; empty on networks without it */
  ipv6: string;
  prefixLength6: number;
  gateway6: string;
  mac: string;
  aliases: string[];
  /** the machine's end of its veth pair; empty where there is none */
  veth?: string;
}

export interface PortBinding {
  protocol: "tcp" | "udp" | "sctp";
  containerPort: number;
  /** `0.0.0.0`, `127.0.0.1`, `::`, ...; empty asks for every address of both families, and is never in results */
  hostAddress: string;
  /** 0 asks for any free port; never 0 in results */
  hostPort: number;
  /** the last of a range, of which the first free port is taken; never set in what was published */
  lastHostPort?: number;
  /** what the client wrote for the port, if that is not its number: `0`, `0080`; never set in what was published */
  shownPort?: string;
}

export interface SandboxOptions {
  /** container id, or an id of its own for build steps */
  id: string;
  /** `/proc/<pid>/ns/net` of the created task */
  netns: string;
  /** the namespace is the machine's own, in which nothing is set up */
  shared?: boolean;
  /** names this sandbox is found by on every user-defined network: container name, short id */
  names: string[];
  dns: { servers: string[]; search: string[]; options: string[] };
  /** its runtime has a network stack of its own (gVisor): nobody answers at 127.0.0.11, names are asked for at a gateway */
  ownStack?: boolean;
  /** it has the tenant's own API: ports of a tenant without ports on the machine are published in it */
  door: boolean;
}

/** Networks and sandboxes of one tenant. Names and addresses of other tenants do not exist here. */
export interface NetworkService {
  /** @throws Conflict (name exists), InvalidArgument (subnet), PermissionDenied (overlap), ResourceExhausted (limit, no free subnet) */
  create(network: NewNetwork): Promise<Network>;
  /** By id, unique prefix or name. @throws NotFound `network x not found` */
  get(nameOrId: string): Network;
  list(): Network[];
  /** @throws NotFound, FailedPrecondition/PermissionDenied (has endpoints, predefined) */
  remove(nameOrId: string): Promise<void>;
  endpoints(filter: { networkId?: string; sandboxId?: string }): Endpoint[];
  /** names that `create` takes, as far as they are known */
  drivers(): string[];
  readonly sandboxes: SandboxService;
}

/** What an endpoint may ask for. */
export interface ConnectSettings {
  ipv4?: string;
  ipv6?: string;
  /** further addresses of the interface, 169.254.0.0/16 or fe80::/10 */
  linkLocal?: string[];
  mac?: string;
  aliases?: string[];
  /** alias → name of another endpoint on the network */
  links?: Record<string, string>;
  /** of several ways out the one with the highest is taken; 0 if undefined */
  gatewayPriority?: number;
  /** see endpoint-options.ts */
  driverOptions?: Record<string, string>;
}

export interface SandboxService {
  /** Brings loopback up and starts the embedded DNS inside, or with a stack of its own at the first gateway it gets. */
  open(options: SandboxOptions): Promise<void>;
  /** Adds an interface with an address. Works on a running container too. */
  connect(sandboxId: string, networkId: string, settings?: ConnectSettings): Promise<Endpoint>;
  disconnect(sandboxId: string, networkId: string): Promise<void>;
  /** All or none. @throws Conflict-like `FailedPrecondition` naming the port when it is taken */
  publish(sandboxId: string, bindings: PortBinding[]): Promise<PortBinding[]>;
  /** Where it asks for names; undefined: it has a stack of its own, and no gateway where they are answered. */
  resolver(sandboxId: string): string | undefined;
  /** Changes the names it is found by (rename). */
  rename(sandboxId: string, names: string[]): void;
  /** Removes endpoints, ports and DNS; slow kernel work happens afterwards. Idempotent. */
  close(sandboxId: string): Promise<void>;
  /** After a restart of `drydockd`: takes up a sandbox whose container still runs (DNS sockets, ports). */
  restore(options: SandboxOptions): Promise<void>;
}
