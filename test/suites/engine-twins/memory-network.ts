import { NotFound, NotImplemented } from "#engine/errdefs/errors.ts";
import type { Endpoint, Network, NetworkService, PortBinding } from "#engine/network/network-service.ts";

const bridge: Network = {
  id: "b".repeat(64),
  name: "bridge",
  driver: "bridge",
  ipam: [{ subnet: "10.0.0.0/24", gateway: "10.0.0.1" }],
  internal: false,
  attachable: false,
  enableIPv6: false,
  options: {},
  labels: {},
  bridge: "twin0",
  createdAt: 0,
};

/** NetworkService in memory: one bridge, no interfaces. */
export class MemoryNetwork implements NetworkService {
  readonly open = new Set<string>();
  failPublish: Error | undefined;
  readonly #endpoints: Endpoint[] = [];

  readonly sandboxes: NetworkService["sandboxes"] = {
    open: async ({ id }) => void this.open.add(id),
    restore: async ({ id }) => void this.open.add(id),
    connect: async (sandboxId, networkId) => {
      const endpoint: Endpoint = {
        id: `${sandboxId}-${networkId}`,
        networkId,
        sandboxId,
        interface: "eth0",
        ipv4: "10.0.0.2",
        prefixLength: 24,
        gateway: "10.0.0.1",
        ipv6: "",
        prefixLength6: 0,
        gateway6: "",
        mac: "",
        aliases: [],
      };
      this.#endpoints.push(endpoint);
      return endpoint;
    },
    disconnect: async (sandboxId) => this.#drop(sandboxId),
    resolver: () => "127.0.0.11",
    publish: async (_id, bindings): Promise<PortBinding[]> => {
      if (this.failPublish !== undefined) {
        throw this.failPublish;
      }
      return bindings.map((binding, index) => ({ ...binding, hostPort: binding.hostPort || 49_152 + index }));
    },
    rename: () => {},
    close: async (sandboxId) => {
      this.open.delete(sandboxId);
      this.#drop(sandboxId);
    },
  };

  drivers(): string[] {
    return ["bridge", "host", "null"];
  }

  create(): Promise<Network> {
    throw new NotImplemented("this twin has one network");
  }

  get(nameOrId: string): Network {
    if (nameOrId === "none" || nameOrId === "host") {
      return { ...bridge, id: nameOrId.repeat(16), name: nameOrId, driver: nameOrId };
    }
    if (nameOrId !== "bridge" && nameOrId !== bridge.id) {
      throw new NotFound(`network ${nameOrId} not found`);
    }
    return bridge;
  }

  list(): Network[] {
    return [bridge];
  }

  remove(): Promise<void> {
    throw new NotImplemented("this twin has one network");
  }

  endpoints(filter: { networkId?: string; sandboxId?: string }): Endpoint[] {
    return this.#endpoints.filter(({ sandboxId }) => filter.sandboxId === undefined || sandboxId === filter.sandboxId);
  }

  #drop(sandboxId: string): void {
    const at = this.#endpoints.findIndex((endpoint) => endpoint.sandboxId === sandboxId);
    if (at >= 0) {
      this.#endpoints.splice(at, 1);
    }
  }
}
