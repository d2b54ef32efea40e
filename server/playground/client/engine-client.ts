import type { EngineStatus, TenantStart, TenantSummary } from "../../contract/extension-api.ts";
import { TenantClient } from "./tenant-client.ts";
import { UnixClient } from "./unix-client.ts";

/** The engine as `web` may use it: makes tenants, and hands out clients for their sockets. */
export class EngineClient {
  readonly #http: UnixClient;
  readonly #tenants = new Map<string, TenantClient>();

  constructor(socketPath: string) {
    this.#http = new UnixClient(socketPath);
  }

  status(signal?: AbortSignal): Promise<EngineStatus> {
    return this.#http.json("/drydock/v1/status", signal === undefined ? {} : { signal });
  }

  /** Idempotent by `id`. */
  createTenant(start: TenantStart): Promise<TenantSummary> {
    return this.#http.json("/drydock/v1/tenants", { method: "POST", json: start });
  }

  /** Stops and removes everything of it. */
  deleteTenant(id: string): Promise<void> {
    return this.#http.done(`/drydock/v1/tenants/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Clients are kept: they hold open connections. */
  tenant(socketPath: string): TenantClient {
    const kept = this.#tenants.get(socketPath);
    if (kept !== undefined) return kept;
    const client = new TenantClient(new UnixClient(socketPath));
    this.#tenants.set(socketPath, client);
    return client;
  }

  forget(socketPath: string): void {
    this.#tenants.get(socketPath)?.http.close();
    this.#tenants.delete(socketPath);
  }

  close(): void {
    this.#http.close();
    for (const path of this.#tenants.keys()) this.forget(path);
  }
}
