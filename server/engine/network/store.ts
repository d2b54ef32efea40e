import type { Database } from "../metadata/database.ts";
import type { TenantId } from "../tenants/tenant.ts";
import type { Endpoint, Network, PortBinding } from "./network-service.ts";

/** An endpoint with what only this component needs. */
export interface StoredEndpoint extends Endpoint {
  /** alias → name of another endpoint on the network */
  links: Record<string, string>;
  /** the host's end of its veth pair; empty on `none` and `host` */
  veth: string;
  /** 0 if undefined */
  gatewayPriority?: number;
}

/** A sandbox's published ports. `inside`: they are not the machine's. */
export interface StoredPorts {
  tenant: TenantId;
  sandboxId: string;
  inside: boolean;
  bindings: PortBinding[];
}

interface PortsRow {
  tenant: TenantId;
  sandbox: string;
  body: string;
  inside: number;
}

const selectPorts = "SELECT tenant, sandbox, body, inside FROM published_ports";

function storedPorts({ tenant, sandbox, body, inside }: PortsRow): StoredPorts {
  return { tenant, sandboxId: sandbox, inside: inside !== 0, bindings: JSON.parse(body) as PortBinding[] };
}

/** What endpoints written before there was IPv6 lack. */
const withoutIPv6 = { ipv6: "", prefixLength6: 0, gateway6: "" };

/** Networks, endpoints and published ports of all tenants in the metadata. */
export class NetworkStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate("network", [
      `CREATE TABLE networks (
         id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (tenant, name));
       CREATE TABLE endpoints (
         id TEXT PRIMARY KEY, tenant TEXT NOT NULL, sandbox TEXT NOT NULL, body TEXT NOT NULL);
       CREATE TABLE published_ports (
         tenant TEXT NOT NULL, sandbox TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, sandbox));
       CREATE TABLE network_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);`,
      "ALTER TABLE published_ports ADD COLUMN inside INTEGER NOT NULL DEFAULT 0",
    ]);
  }

  networks(): { tenant: TenantId; network: Network }[] {
    return this.#database
      .all<{ tenant: TenantId; body: string }>("SELECT tenant, body FROM networks ORDER BY rowid")
      .map(({ tenant, body }) => ({ tenant, network: JSON.parse(body) as Network }));
  }

  addNetwork(tenant: TenantId, network: Network): void {
    this.#database.run(
      "INSERT INTO networks (id, tenant, name, body) VALUES (?, ?, ?, ?)",
      network.id,
      tenant,
      network.name,
      JSON.stringify(network),
    );
  }

  updateNetwork(network: Network): void {
    this.#database.run("UPDATE networks SET body = ? WHERE id = ?", JSON.stringify(network), network.id);
  }

  removeNetwork(id: string): void {
    this.#database.run("DELETE FROM networks WHERE id = ?", id);
  }

  endpoints(): { tenant: TenantId; endpoint: StoredEndpoint }[] {
    return this.#database
      .all<{ tenant: TenantId; body: string }>("SELECT tenant, body FROM endpoints ORDER BY rowid")
      .map(({ tenant, body }) => ({ tenant, endpoint: { ...withoutIPv6, ...(JSON.parse(body) as StoredEndpoint) } }));
  }

  addEndpoint(tenant: TenantId, endpoint: StoredEndpoint): void {
    this.#database.run(
      "INSERT INTO endpoints (id, tenant, sandbox, body) VALUES (?, ?, ?, ?)",
      endpoint.id,
      tenant,
      endpoint.sandboxId,
      JSON.stringify(endpoint),
    );
  }

  updateEndpoint(endpoint: StoredEndpoint): void {
    this.#database.run("UPDATE endpoints SET body = ? WHERE id = ?", JSON.stringify(endpoint), endpoint.id);
  }

  removeEndpoint(id: string): void {
    this.#database.run("DELETE FROM endpoints WHERE id = ?", id);
  }

  ports(): StoredPorts[] {
    return this.#database.all<PortsRow>(selectPorts).map(storedPorts);
  }

  portsOf(tenant: TenantId, sandboxId: string): StoredPorts | undefined {
    const row = this.#database.get<PortsRow>(`${selectPorts} WHERE tenant = ? AND sandbox = ?`, tenant, sandboxId);
    return row === undefined ? undefined : storedPorts(row);
  }

  /** @param inside they are not the machine's: the firewall has nothing to do with them */
  setPorts(tenant: TenantId, sandboxId: string, bindings: PortBinding[], inside: boolean): void {
    this.#database.run(
      `INSERT INTO published_ports (tenant, sandbox, body, inside) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET body = excluded.body, inside = excluded.inside`,
      tenant,
      sandboxId,
      JSON.stringify(bindings),
      Number(inside),
    );
  }

  /** All of a sandbox. */
  removeSandbox(tenant: TenantId, sandboxId: string): void {
    this.#database.transaction(() => {
      this.#database.run("DELETE FROM endpoints WHERE tenant = ? AND sandbox = ?", tenant, sandboxId);
      this.#database.run("DELETE FROM published_ports WHERE tenant = ? AND sandbox = ?", tenant, sandboxId);
    });
  }

  setting(name: string): string | undefined {
    return this.#database.get<{ value: string }>("SELECT value FROM network_settings WHERE name = ?", name)?.value;
  }

  setSetting(name: string, value: string): void {
    this.#database.run(
      "INSERT INTO network_settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      name,
      value,
    );
  }
}
