/** One network of a tenant. `id` is 64 hex digits. */
export interface Network {
  id: string;
  name: string;
  /** `bridge`, `host`, `none` */
  driver: string;
  /** IPv4 pools; `subnet` and `ipRange` as CIDR */
  ipam: { subnet: string; gateway: string; ipRange?: string }[];
  /** no route out of it */
  internal: boolean;
  attachable: boolean;
  enableIPv6: boolean;
  options: Record<string, string>;
  labels: Record<string, string>;
  /** the host's bridge device, at most 15 characters; empty for host and none */
  bridge: string;
  /** ms since the epoch */
  createdAt: number;
}

export interface NewNetwork {
  name: string;
  driver?: string;
  ipam?: { subnet?: string; gateway?: string; ipRange?: string }[];
  internal?: boolean;
  attachable?: boolean;
  enableIPv6?: boolean;
  options?: Record<string, string>;
  labels?: Record<string, string>;
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
  gateway: string;
  mac: string;
  aliases: string[];
}

export interface PortBinding {
  protocol: "tcp" | "udp";
  containerPort: number;
  /** `0.0.0.0`, `127.0.0.1`, ... */
  hostAddress: string;
  /** 0 asks for any free port; never 0 in results */
  hostPort: number;
  /** the last of a range, of which the first free port is taken; never set in what was published */
  lastHostPort?: number;
}

export interface SandboxOptions {
  /** container id, or an id of its own for build steps */
  id: string;
  /** `/proc/<pid>/ns/net` of the created task */
  netns: string;
  /** names this sandbox is found by on every user-defined network: container name, short id */
  names: string[];
  dns: { servers: string[]; search: string[]; options: string[] };
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
  readonly sandboxes: SandboxService;
}

export interface SandboxService {
  /** Brings loopback up and starts the embedded DNS (127.0.0.11) inside. */
  open(options: SandboxOptions): Promise<void>;
  /** Adds an interface with an address. Works on a running container too. */
  connect(
    sandboxId: string,
    networkId: string,
    settings?: { ipv4?: string; mac?: string; aliases?: string[]; links?: Record<string, string> },
  ): Promise<Endpoint>;
  disconnect(sandboxId: string, networkId: string): Promise<void>;
  /** All or none. @throws Conflict-like `FailedPrecondition` naming the port when it is taken */
  publish(sandboxId: string, bindings: PortBinding[]): Promise<PortBinding[]>;
  /** Changes the names it is found by (rename). */
  rename(sandboxId: string, names: string[]): void;
  /** Removes endpoints, ports and DNS; slow kernel work happens afterwards. Idempotent. */
  close(sandboxId: string): Promise<void>;
  /** After a restart of `drydockd`: takes up a sandbox whose container still runs (DNS sockets, ports). */
  restore(options: SandboxOptions): Promise<void>;
}
