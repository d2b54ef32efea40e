import type { EngineStatus, UsageSample } from "../contract/extension-api.ts";
import type { TenantAdmin } from "../daemon/extension/tenants.ts";
import type { Router } from "../daemon/http/router.ts";
import type { Container } from "../engine/containers/container.ts";
import { Mutex } from "../engine/concurrency/mutex.ts";
import { messageOf } from "../engine/errdefs/errors.ts";
import type { NewTenant, TenantStore } from "../engine/tenants/tenant-store.ts";
import { checkLimits } from "../engine/tenants/limits.ts";
import { operatorTenant, type Tenant, type TenantLimits } from "../engine/tenants/tenant.ts";
import type { Usage } from "./usage-meter.ts";
import type { MeasuredTenant } from "./metrics.ts";
import type { UsageHistory } from "./usage-history.ts";
import type { Sockets } from "./sockets.ts";

/** One tenant's services while `drydockd` runs. */
export interface TenantServices {
  /** the Docker API and the extension */
  readonly router: Router;
  /** Takes up what still runs. Once, before the first request is answered. */
  restore(): Promise<void>;
  containers(): readonly Container[];
  /** In the units of the limits, without counting anything anew. */
  usage(): Usage["used"];
  /** Stops every container (`docker stop`), at most their own stop timeouts long. */
  stopContainers(): Promise<void>;
  /**
   * From now on; of what runs too. When they cannot be applied, those before stay in force.
   * @throws FailedPrecondition when the control group does not take them
   */
  setLimits(limits: TenantLimits): Promise<void>;
  /** Puts an event of the daemon itself into the tenant's. */
  tell(action: string, attributes: Record<string, string>): void;
  /** Tells those who have a terminal open. */
  warn(text: string): void;
  /** Lets go; containers go on. */
  close(): Promise<void>;
  /** Removes everything of the tenant but its record and directories. */
  destroy(): Promise<void>;
}

/** The tenants of this machine with their services and their sockets. */
export class TenantDirectory implements TenantAdmin {
  readonly #store: TenantStore;
  readonly #sockets: Sockets;
  readonly #open: (tenant: Tenant) => TenantServices;
  readonly #history: UsageHistory;
  readonly #status: () => EngineStatus;
  readonly #log: (line: string) => void;
  readonly #services = new Map<string, Promise<TenantServices>>();
  readonly #making = new Mutex();

  constructor(options: {
    store: TenantStore;
    sockets: Sockets;
    open: (tenant: Tenant) => TenantServices;
    history: UsageHistory;
    status: () => EngineStatus;
    log: (line: string) => void;
  }) {
    this.#store = options.store;
    this.#sockets = options.sockets;
    this.#open = options.open;
    this.#history = options.history;
    this.#status = options.status;
    this.#log = options.log;
  }

  /** Takes up all tenants. A learner's that fails is told and tried again at its first request; without the operator's nothing goes. */
  async restoreAll(): Promise<void> {
    for (const tenant of this.#store.list()) {
      await this.services(tenant).catch((error: unknown) => {
        if (tenant.id === operatorTenant) throw error;
        this.#log(`tenant ${tenant.id}: ${messageOf(error)}`);
      });
    }
  }

  /** Brings removals to their end that another drydockd began. After `restoreAll`, before anybody is answered. */
  async finishRemovals(): Promise<void> {
    for (const { id } of this.#store.halfRemoved()) {
      await this.remove(id).catch((error: unknown) => {
        this.#log(`finishing the removal of tenant ${id}: ${messageOf(error)}`);
      });
    }
  }

  /** Opens the sockets of all tenants but the operator, whose routes are on `drydock.sock`. */
  async listenAll(): Promise<void> {
    for (const tenant of this.#store.list()) {
      await this.#listen(tenant);
    }
  }

  /** The tenant's services, made and restored at the first call. */
  services(tenant: Tenant): Promise<TenantServices> {
    let services = this.#services.get(tenant.id);
    if (services === undefined) {
      services = this.#start(tenant);
      this.#services.set(tenant.id, services);
      services.catch(() => this.#services.delete(tenant.id));
    }
    return services;
  }

  /** Several may ask for the same one at once: the first makes it. */
  create(request: NewTenant): Promise<{ tenant: Tenant; created: boolean }> {
    return this.#making.run(() => this.#create(request));
  }

  async #create(request: NewTenant): Promise<{ tenant: Tenant; created: boolean }> {
    const known = request.id === undefined ? undefined : this.#store.find(request.id);
    const tenant = known ?? (await this.#store.create(request));
    await this.#listen(tenant);
    if (known === undefined) this.#log(`tenant ${tenant.id} is made (policy ${tenant.policy})`);
    return { tenant, created: known === undefined };
  }

  get(id: string): Tenant {
    return this.#store.get(id);
  }

  list(): Tenant[] {
    return this.#store.list();
  }

  async setLimits(id: string, limits: TenantLimits): Promise<Tenant> {
    const services = await this.services(this.#store.get(id));
    checkLimits(limits);
    await services.setLimits(limits);
    return this.#store.setLimits(id, limits);
  }

  usageOf(id: string): UsageSample[] {
    return this.#history.of(this.#store.get(id).id);
  }

  /** What each uses now; nothing of one that nobody has asked for since it was made. */
  async measured(): Promise<MeasuredTenant[]> {
    const found: MeasuredTenant[] = [];
    for (const { id, limits } of this.#store.list()) {
      const services = await this.#services.get(id)?.catch(() => undefined);
      found.push({ id, limits, used: services?.usage() ?? {}, containers: services?.containers() ?? [] });
    }
    return found;
  }

  /** After a change of policies: what the control groups have of them. @throws the first failure, when all have been tried */
  async applyLimits(): Promise<void> {
    const failures: unknown[] = [];
    for (const tenant of this.#store.list()) {
      const services = await this.#services.get(tenant.id);
      await services?.setLimits(tenant.ownLimits ?? tenant.limits).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async stop(id: string): Promise<void> {
    await (await this.services(this.#store.get(id))).stopContainers();
  }

  async remove(id: string): Promise<void> {
    const tenant = this.#store.get(id);
    this.#store.beginRemoval(tenant.id);
    const services = await this.services(tenant);
    await this.#sockets.closeTenant(tenant);
    await services.destroy();
    this.#services.delete(id);
    await this.#store.remove(tenant.id);
    this.#log(`tenant ${id} is removed`);
  }

  socketOf(tenant: Tenant): string {
    return this.#sockets.pathOf(tenant);
  }

  status(): EngineStatus {
    return this.#status();
  }

  /** Of all that are open. */
  async stopContainers(): Promise<void> {
    await Promise.all((await this.#opened()).map((services) => services.stopContainers()));
  }

  async close(): Promise<void> {
    await Promise.all((await this.#opened()).map((services) => services.close()));
  }

  async #opened(): Promise<TenantServices[]> {
    const settled = await Promise.allSettled(this.#services.values());
    return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  }

  async #start(tenant: Tenant): Promise<TenantServices> {
    const services = this.#open(tenant);
    await services.restore();
    return services;
  }

  async #listen(tenant: Tenant): Promise<void> {
    if (tenant.id === operatorTenant) {
      return;
    }
    const limits = () => this.#store.find(tenant.id)?.limits ?? {};
    await this.#sockets.openTenant(tenant, limits, async () => (await this.services(tenant)).router);
  }
}
