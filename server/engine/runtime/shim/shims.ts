import { constants, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import type { TenantId } from "../../tenants/tenant.ts";
import { makeFifo } from "./fifo.ts";
import type { Keeper } from "./keeper.ts";
import type { Message, PartialMessage } from "./protobuf.ts";
import { recordedShim, type ShimAddress, shimProcesses, startShim } from "./shim-process.ts";
import { taskMethods } from "./task-api.ts";
import { TtrpcClient } from "./ttrpc-client.ts";

type Methods = typeof taskMethods;

/** For a shim that was told to end. */
const shutdownTimeoutMs = 2000;

/** The task API of one tenant's shim. */
export class ShimClient {
  readonly #ttrpc: TtrpcClient;
  readonly #service: string;

  constructor(ttrpc: TtrpcClient, version: number) {
    this.#ttrpc = ttrpc;
    this.#service = `containerd.task.v${version}.Task`;
  }

  get closed(): boolean {
    return this.#ttrpc.closed;
  }

  /** @throws TtrpcError, Unavailable as TtrpcClient.call */
  call<M extends keyof Methods>(
    method: M,
    request: PartialMessage<Methods[M]["request"]>,
  ): Promise<Message<Methods[M]["response"]>> {
    return this.#ttrpc.call<Methods[M]["request"], Methods[M]["response"]>(
      this.#service,
      method,
      taskMethods[method],
      request,
    );
  }

  close(): void {
    this.#ttrpc.close();
  }
}

export interface ShimsOptions {
  /** beneath the run root */
  dir: string;
  keeper: Keeper;
  /** socket of the event server */
  events: string;
  /** gets what shims log, one line at a time */
  log: (tenant: TenantId, line: string) => void;
}

/** Connections to the shims, one per tenant, made when they are first needed. */
export class Shims {
  readonly #options: ShimsOptions;
  readonly #clients = new Map<TenantId, Promise<ShimClient>>();
  readonly #starting = new Map<TenantId, Promise<ShimClient>>();
  readonly #logs = new Map<TenantId, Socket>();

  constructor(options: ShimsOptions) {
    this.#options = options;
  }

  /** The shim of a tenant; started if there is none. */
  async acquire(tenant: TenantId): Promise<ShimClient> {
    const current = await this.#current(tenant);
    if (current) return current;
    // One start at a time: whoever comes meanwhile waits for the same one.
    let starting = this.#starting.get(tenant);
    if (starting === undefined) {
      starting = this.#start(tenant).finally(() => this.#starting.delete(tenant));
      this.#starting.set(tenant, starting);
      void this.#remember(tenant, starting);
    }
    return starting;
  }

  /** The shim of a tenant if it lives. */
  async find(tenant: TenantId): Promise<ShimClient | undefined> {
    const current = await this.#current(tenant);
    if (current) return current;
    const recorded = await recordedShim(this.#dir(tenant));
    if (!recorded) return undefined;
    try {
      return await this.#remember(tenant, this.#connect(tenant, recorded));
    } catch (error) {
      if (isEngineError(error, "unavailable")) return undefined;
      throw error;
    }
  }

  /** Ends the shim if it has no task left. */
  async release(tenant: TenantId): Promise<void> {
    await this.#shutDown(tenant);
    const end = Date.now() + shutdownTimeoutMs;
    let left = shimProcesses(tenant, this.#options.events);
    while (left.length > 0 && Date.now() < end) {
      await delay(20);
      left = shimProcesses(tenant, this.#options.events);
    }
    // One that could not delete a container does not end by itself.
    for (const pid of left) process.kill(pid, "SIGKILL");
  }

  async #shutDown(tenant: TenantId): Promise<void> {
    const shim = await this.find(tenant);
    if (!shim) return;
    try {
      await shim.call("Shutdown", { id: `drydock-${tenant}`, now: false });
    } catch (error) {
      // It ends while answering: the connection is gone, which is what was asked for.
      if (!isEngineError(error, "unavailable")) throw error;
    }
  }

  /** Leaves all shims running and lets go of them. */
  close(): void {
    for (const client of this.#clients.values()) {
      client.then((shim) => shim.close()).catch(() => undefined);
    }
    for (const log of this.#logs.values()) log.destroy();
    this.#clients.clear();
    this.#logs.clear();
  }

  async #current(tenant: TenantId): Promise<ShimClient | undefined> {
    try {
      const known = await this.#clients.get(tenant);
      return known && !known.closed ? known : undefined;
    } catch (error) {
      // Somebody else's attempt to connect failed, and was told so.
      if (isEngineError(error)) return undefined;
      throw error;
    }
  }

  #remember(tenant: TenantId, connecting: Promise<ShimClient>): Promise<ShimClient> {
    this.#clients.set(tenant, connecting);
    connecting.catch(() => {
      if (this.#clients.get(tenant) === connecting) this.#clients.delete(tenant);
    });
    return connecting;
  }

  async #start(tenant: TenantId): Promise<ShimClient> {
    const { events, keeper } = this.#options;
    const dir = this.#dir(tenant);
    // A shim waits for the reader of its log before it answers.
    await this.#readLog(tenant);
    const address = await startShim({ dir, tenant, events, mountNamespace: keeper.mountNamespace });
    return this.#connect(tenant, address);
  }

  async #connect(tenant: TenantId, address: ShimAddress): Promise<ShimClient> {
    const ttrpc = await TtrpcClient.connect(address.socket);
    await this.#readLog(tenant);
    return new ShimClient(ttrpc, address.version);
  }

  /** Without a reader the shim would block on its log. Opened read-write, so that it never ends. */
  async #readLog(tenant: TenantId): Promise<void> {
    if (this.#logs.has(tenant)) return;
    const path = join(this.#dir(tenant), "log");
    await mkdir(this.#dir(tenant), { recursive: true, mode: 0o700 });
    makeFifo(path);
    const file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const log = new Socket({ fd: file, readable: true, writable: false });
    this.#logs.set(tenant, log);
    log.unref();
    log.on("error", (error) => this.#options.log(tenant, `the shim's log cannot be read: ${messageOf(error)}`));
    createInterface({ input: log }).on("line", (line) => this.#options.log(tenant, line));
  }

  #dir(tenant: TenantId): string {
    return join(this.#options.dir, tenant);
  }
}
