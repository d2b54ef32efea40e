import { NotFound } from "../errdefs/errors.ts";
import type { TenantId } from "../tenants/tenant.ts";
import { type Cidr, parseCidr } from "./cidr.ts";
import type { Network } from "./network-service.ts";
import type { NetworkStore, StoredEndpoint } from "./store.ts";

/** An endpoint and whose it is. `durable` ones outlive `drydockd`; those of build steps do not. */
export interface RegisteredEndpoint {
  tenant: TenantId;
  endpoint: StoredEndpoint;
  durable: boolean;
}

/** All networks and endpoints there are, in memory, in step with the metadata. Synchronous: no call sees half a change. */
export class NetworkRegistry {
  readonly #store: NetworkStore;
  readonly #networks = new Map<string, { tenant: TenantId; network: Network }>();
  readonly #endpoints = new Map<string, RegisteredEndpoint>();

  constructor(store: NetworkStore) {
    this.#store = store;
    for (const entry of store.networks()) {
      this.#networks.set(entry.network.id, entry);
    }
    for (const entry of store.endpoints()) {
      this.#endpoints.set(entry.endpoint.id, { ...entry, durable: true });
    }
  }

  networks(tenant?: TenantId): Network[] {
    return [...this.#networks.values()]
      .filter((entry) => tenant === undefined || entry.tenant === tenant)
      .map((entry) => entry.network);
  }

  /** @throws NotFound */
  network(id: string): Network {
    const entry = this.#networks.get(id);
    if (entry === undefined) {
      throw new NotFound(`network ${id} not found`);
    }
    return entry.network;
  }

  /** @throws NotFound */
  ownerOf(networkId: string): TenantId {
    const entry = this.#networks.get(networkId);
    if (entry === undefined) {
      throw new NotFound(`network ${networkId} not found`);
    }
    return entry.tenant;
  }

  addNetwork(tenant: TenantId, network: Network): void {
    this.#store.addNetwork(tenant, network);
    this.#networks.set(network.id, { tenant, network });
  }

  /** Replaces the network of the same id. @throws NotFound */
  updateNetwork(network: Network): void {
    const entry = this.#networks.get(network.id);
    if (entry === undefined) {
      throw new NotFound(`network ${network.id} not found`);
    }
    this.#store.updateNetwork(network);
    this.#networks.set(network.id, { ...entry, network });
  }

  removeNetwork(id: string): void {
    this.#store.removeNetwork(id);
    this.#networks.delete(id);
  }

  endpoints(filter: { tenant?: TenantId; networkId?: string; sandboxId?: string }): RegisteredEndpoint[] {
    return [...this.#endpoints.values()].filter(
      ({ tenant, endpoint }) =>
        (filter.tenant === undefined || tenant === filter.tenant) &&
        (filter.networkId === undefined || endpoint.networkId === filter.networkId) &&
        (filter.sandboxId === undefined || endpoint.sandboxId === filter.sandboxId),
    );
  }

  addEndpoint(entry: RegisteredEndpoint): void {
    if (entry.durable) {
      this.#store.addEndpoint(entry.tenant, entry.endpoint);
    }
    this.#endpoints.set(entry.endpoint.id, entry);
  }

  /** Replaces the one of the same id, if it is there. */
  updateEndpoint(endpoint: StoredEndpoint): void {
    const entry = this.#endpoints.get(endpoint.id);
    if (entry === undefined) return;
    if (entry.durable) this.#store.updateEndpoint(endpoint);
    this.#endpoints.set(endpoint.id, { ...entry, endpoint });
  }

  removeEndpoint(id: string): void {
    if (this.#endpoints.get(id)?.durable === true) {
      this.#store.removeEndpoint(id);
    }
    this.#endpoints.delete(id);
  }

  /** Subnets in use, whosever they are. */
  subnets(): Cidr[] {
    return this.networks().flatMap((network) => network.ipam.flatMap(({ subnet }) => parseCidr(subnet) ?? []));
  }
}
