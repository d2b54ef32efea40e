import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { App } from "../daemon/http/app.ts";
import { listenOn, listenOnTcp, stopListening } from "../daemon/http/listen.ts";
import type { Router } from "../daemon/http/router.ts";
import { InvalidArgument } from "../engine/errdefs/errors.ts";
import type { LoopShares } from "../engine/concurrency/loop-shares.ts";
import { currentTime } from "../engine/concurrency/thread-time.ts";
import { accountOf, currentAccount } from "../engine/runtime/cgroups/account.ts";
import type { CgroupHierarchy } from "../engine/runtime/cgroups/hierarchy.ts";
import { operatorTenant, type Tenant, type TenantLimits } from "../engine/tenants/tenant.ts";

import { metricsAddress, tcpAddress } from "./daemon-json/hosts.ts";
import type { Settings } from "./daemon-json/settings.ts";
import type { EngineMetrics } from "./metrics.ts";
import type { AuditLog } from "./audit-log.ts";
import type { Log } from "./log.ts";

/** Members may use tenants' sockets and web.sock; `web` runs in it. */
const group = "drydock";

/** All sockets of the daemon. What is listened on is closed by `close`. */
export class Sockets {
  readonly #run: string;
  readonly #serverName: string;
  readonly #log: Log;
  readonly #servers = new Map<string, Server>();
  readonly #gid: number;

  readonly #settings: Settings;
  readonly #audit: AuditLog;
  readonly #metrics: EngineMetrics;
  readonly #cgroups: CgroupHierarchy;
  readonly #loop: LoopShares;

  constructor(options: {
    run: string;
    serverName: string;
    log: Log;
    settings: Settings;
    audit: AuditLog;
    metrics: EngineMetrics;
    cgroups: CgroupHierarchy;
    loop: LoopShares;
  }) {
    this.#loop = options.loop;
    this.#cgroups = options.cgroups;
    this.#metrics = options.metrics;
    this.#settings = options.settings;
    this.#audit = options.audit;
    this.#run = options.run;
    this.#serverName = options.serverName;
    this.#log = options.log;
    this.#gid = groupId(group) ?? 0;
  }

  /**
   * `drydock.sock`, and where else the configuration says (`hosts`): the operator's. Who may use them has the machine.
   * @throws InvalidArgument for a group that is not there, or certificates that are none
   */
  async openOperator(routes: () => Promise<Router>): Promise<void> {
    const { hosts = [], group: wanted } = this.#settings.daemon;
    const gid = wanted === undefined || wanted === "" ? 0 : groupId(wanted);
    if (gid === undefined) {
      throw new InvalidArgument(`group ${wanted ?? ""} not found`);
    }
    const owner = { uid: 0, gid, mode: 0o660 };
    await this.#listen(join(this.#run, "drydock.sock"), owner, operatorTenant, routes);
    for (const host of hosts) {
      await (host.startsWith("unix://")
        ? this.#listen(
            host.slice("unix://".length),
            { ...owner, gid: wanted === undefined ? (groupId("docker") ?? 0) : gid },
            operatorTenant,
            routes,
          )
        : this.#listenTcp(host, routes));
    }
  }

  async #listenTcp(host: string, routes: () => Promise<Router>): Promise<void> {
    const { tls, tlsverify, tlscacert = "", tlscert = "", tlskey = "" } = this.#settings.daemon;
    const where = tcpAddress(host);
    const own = () => ({ cert: readFileSync(tlscert), key: readFileSync(tlskey), minVersion: "TLSv1.2" as const });
    const verified = () => ({ ...own(), ca: readFileSync(tlscacert), requestCert: true, rejectUnauthorized: true });
    const server = this.#app(operatorTenant, routes).server(
      tlsverify === true ? verified() : tls === true ? own() : undefined,
    );
    if (tlsverify !== true) {
      const why = tls === true ? "asks its clients for no certificate" : "has no TLS";
      this.#log(`${host} ${why}: every program and every user of this machine can use it as root`, "warn");
    }
    await listenOnTcp(server, where);
    this.#servers.set(host, server);
  }

  /** For Prometheus and probes: the address of `metrics-addr`, without TLS, and with nothing that changes anything. */
  async openMetrics(address: string, routes: Router): Promise<void> {
    const server = this.#app("metrics", () => Promise.resolve(routes)).server();
    await listenOnTcp(server, metricsAddress(address));
    this.#servers.set(`metrics ${address}`, server);
  }

  /** `web.sock`: tenants and status, for the playground's server. */
  async openWeb(routes: () => Promise<Router>): Promise<void> {
    await this.#listen(join(this.#run, "web.sock"), { uid: 0, gid: this.#gid, mode: 0o660 }, "web", routes);
  }

  /** `tenants/<id>/docker.sock`: owned by the tenant's root, so that it is root's in the tenant's containers. */
  async openTenant(tenant: Tenant, limits: () => TenantLimits, routes: () => Promise<Router>): Promise<void> {
    // Whoever may use an open tenant's socket has the machine: that is not for the group.
    const gid = tenant.policy === "open" ? 0 : this.#gid;
    const owner = { uid: tenant.idMap.hostBase, gid, mode: 0o660 };
    const account = accountOf(this.#cgroups, tenant.cgroupParent);
    const share = this.#loop.shareOf(tenant.id);
    await this.#listen(this.pathOf(tenant), owner, tenant.id, routes, {
      within: (answer) => currentAccount.run(account, () => currentTime.run(share, answer)),
      // Of its clients together: each connection is one of the descriptors that all tenants share.
      most: () => limits().connections,
    });
  }

  /** Idempotent. */
  async closeTenant(tenant: Tenant): Promise<void> {
    await this.#close(this.pathOf(tenant));
  }

  pathOf(tenant: Tenant): string {
    return tenant.id === operatorTenant
      ? join(this.#run, "drydock.sock")
      : join(this.#run, "tenants", tenant.id, "docker.sock");
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((path) => this.#close(path)));
    this.#audit.close();
  }

  async #listen(
    path: string,
    owner: { uid: number; gid: number; mode: number },
    who: string,
    routes: () => Promise<Router>,
    { within, most }: { within?: (answer: () => void) => void; most?: () => number | undefined } = {},
  ): Promise<void> {
    if (this.#servers.has(path)) {
      return;
    }
    const server = this.#app(who, routes, within).server();
    await listenOn(server, path, owner, most);
    this.#servers.set(path, server);
  }

  /** @param who whose requests they are, for the audit log */
  #app(who: string, routes: () => Promise<Router>, within?: (answer: () => void) => void): App {
    return new App({
      routes,
      ...(within === undefined ? {} : { within }),
      audit: (entry) => {
        this.#metrics.audited(entry);
        this.#audit.note(who, entry);
      },
      measured: (...request) => this.#metrics.answered(...request),
      serverName: this.#serverName,
      experimental: () => this.#settings.daemon.experimental ?? false,
      log: this.#log,
    });
  }

  async #close(path: string): Promise<void> {
    const server = this.#servers.get(path);
    this.#servers.delete(path);
    if (server !== undefined) {
      await stopListening(server);
    }
  }
}

/** group(5); undefined if there is none of this name. */
function groupId(name: string): number | undefined {
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [entry, , gid] = line.split(":");
    if (entry === name) {
      return Number(gid);
    }
  }
  return undefined;
}
