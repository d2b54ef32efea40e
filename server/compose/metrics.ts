import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AuditEntry } from "../daemon/http/audit.ts";
import type { Container } from "../engine/containers/container.ts";
import { diskSpace } from "../engine/mount/disk-space.ts";
import { limitNames, type TenantLimits } from "../engine/tenants/limits.ts";

/** One tenant, when it is asked for. */
export interface MeasuredTenant {
  id: string;
  limits: TenantLimits;
  used: TenantLimits;
  containers: readonly Pick<Container, "status">[];
}

export interface MetricsSource {
  /** on the file system whose room is told */
  directory: string;
  version: string;
  tenants: () => Promise<MeasuredTenant[]>;
}

/** Tenants with series of their own: each has some thirty, and there may be very many tenants. */
const mostTenants = 300;

/** What Prometheus is told of `drydockd`. docs/operations.md says what each is good for. */
export class EngineMetrics {
  readonly registry = new Registry();
  readonly #source: MetricsSource;
  readonly #requests: Histogram;
  readonly #refusals: Counter;
  readonly #gauges: ReturnType<typeof tenantGauges>;

  constructor(source: MetricsSource) {
    this.#source = source;
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: "drydock_" });
    // Sums of what is told by kind beside them; Prometheus keeps the ending for counters.
    for (const what of ["handles", "requests", "resources"]) {
      this.registry.removeSingleMetric(`drydock_nodejs_active_${what}_total`);
    }
    new Gauge({
      name: "drydock_info",
      help: "1; the engine's version",
      labelNames: ["version"],
      registers,
    }).set({ version: source.version }, 1);
    this.#requests = new Histogram({
      name: "drydock_api_request_seconds",
      help: "Time until an API request was answered (a stream: until it began)",
      labelNames: ["method", "route", "status"],
      buckets: [0.002, 0.01, 0.05, 0.2, 1, 5, 30],
      registers,
    });
    this.#refusals = new Counter({
      name: "drydock_api_refusals_total",
      help: "Requests that were refused: by a policy's rule, or for a limit (status 429, 507)",
      labelNames: ["reason"],
      registers,
    });
    this.#addDisk(registers);
    this.#gauges = tenantGauges(registers);
  }

  /** A request was answered. @param route the pattern, not the path: there are only so many */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
    if (status === 429 || status === 507) this.#refusals.inc({ reason: status === 429 ? "limit" : "disk full" });
  }

  audited({ refused }: AuditEntry): void {
    if (refused !== undefined) this.#refusals.inc({ reason: refused.rule ?? "denied" });
  }

  #addDisk(registers: Registry[]): void {
    const { directory } = this.#source;
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    const disk = () => diskSpace(directory);
    gauge("drydock_disk_size_bytes", "Size of the file system with the engine's data", () => disk().size);
    gauge("drydock_disk_free_bytes", "What is free of it for the engine", () => disk().free);
    gauge("drydock_disk_free_inodes", "Files and directories that it has room for", () => disk().freeInodes);
  }

  /** In Prometheus' text format. */
  async metrics(): Promise<string> {
    await this.#countTenants();
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async #countTenants(): Promise<void> {
    const { tenants, containers, used, allowed } = this.#gauges;
    const all = await this.#source.tenants();
    for (const gauge of [containers, used, allowed]) gauge.reset();
    tenants.set(all.length);
    for (const state of ["created", "running", "paused", "restarting", "removing", "exited", "dead"]) {
      containers.set({ state }, 0);
    }
    for (const { status: state } of all.flatMap((tenant) => tenant.containers)) containers.inc({ state });
    for (const tenant of all.slice(0, mostTenants)) {
      for (const limit of limitNames) {
        const labels = { tenant: tenant.id, limit };
        const [now, most] = [tenant.used[limit], tenant.limits[limit]];
        if (now !== undefined) used.set(labels, now);
        if (most !== undefined) allowed.set(labels, most);
      }
    }
  }
}

function tenantGauges(registers: Registry[]) {
  const labelNames = ["tenant", "limit"];
  return {
    tenants: new Gauge({ name: "drydock_tenants", help: "Tenants, the operator's too", registers }),
    containers: new Gauge({
      name: "drydock_containers",
      help: "Containers of all tenants, by state",
      labelNames: ["state"],
      registers,
    }),
    used: new Gauge({
      name: "drydock_tenant_used",
      help: "What a tenant uses, in the unit of its limit (bytes, processors, things, hours)",
      labelNames,
      registers,
    }),
    allowed: new Gauge({
      name: "drydock_tenant_limit",
      help: "What it may use; without a series: as much as there is",
      labelNames,
      registers,
    }),
  };
}
