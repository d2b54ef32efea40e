import { HeldBytes } from "../daemon/http/held-bytes.ts";
import type { Reply } from "../daemon/http/reply.ts";
import type { Call, Route } from "../daemon/http/route.ts";
import { type DiskWatch, isBeyond } from "../engine/quota/disk-watch.ts";
import { DiskFull } from "../engine/errdefs/errors.ts";
import { Limiter } from "../engine/remotes/shared-work.ts";
import type { TenantDisk } from "../engine/quota/tenant-disk.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";
import type { RequestTurns } from "./request-turns.ts";

/** Requests that put something on the disk: refused to who has no room. */
const writing = new Set([
  "POST /build",
  "POST /commit",
  "POST /containers/create",
  "PUT /containers/{id*}/archive",
  "POST /images/create",
  "POST /images/load",
  "POST /volumes/create",
  "POST /drydock/v1/builds",
  "POST /drydock/v1/builds/{id}/steps/{step}/resume",
  "POST /drydock/v1/builds/{id}/steps/{step}/shell",
  "POST /drydock/v1/workspace/directory",
  "POST /drydock/v1/workspace/tar",
  "PUT /drydock/v1/workspace/file",
]);
/**
 * Of these, what brings as much as there is room for, each: with the request, or while it is answered. (Builds have a limit
 * on how many there are.)
 */
const transfers = new Map<string, "request" | "answer">([
  ["PUT /containers/{id*}/archive", "request"],
  ["POST /drydock/v1/workspace/tar", "request"],
  ["POST /images/create", "answer"],
  ["POST /images/load", "answer"],
]);
/** So many of one tenant's transfers go on at once, the others wait. */
const transfersAtOnce = 4;
/** Room is counted anew for who had to wait, if that was longer ago. ms */
const fresh = 1_000;
/** Requests that let something run that could write. */
const running = new Set([
  "POST /containers/{id*}/start",
  "POST /containers/{id*}/restart",
  "POST /exec/{id}/start",
  "POST /drydock/v1/terminals",
]);

export interface GateOptions {
  tenant: Tenant;
  disk: TenantDisk;
  watch: DiskWatch;
  turns: RequestTurns;
  /** told of each request that somebody makes, in contrast to those that a page makes by itself */
  active: () => void;
}

/** What each request of one tenant has to pass, whatever its route: rate, turns and disk. Routes cannot forget it: all are wrapped. */
export class TenantGate {
  readonly #options: GateOptions;
  readonly #limiter = new Limiter(transfersAtOnce);
  readonly #held = new HeldBytes();
  #transfers = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  wrap(routes: readonly Route[]): Route[] {
    return routes.map((route) => ({
      ...route,
      handle: (call) =>
        this.#inTurn(
          route,
          this.#options.tenant.limits.requestsAtOnce === undefined ? call : { ...call, held: this.#held },
        ),
    }));
  }

  async #inTurn(route: Route, call: Call): Promise<Reply> {
    const { turns } = this.#options;
    const reply = paced(await turns.run(() => this.#pass(route, call)), turns);
    // What is told as it happens (events, logs) waits for something else most of the time.
    if (reply.kind !== "lines" || reply.immediate) return reply;
    const produce: typeof reply.produce = (write) => turns.inTurn(() => reply.produce(write));
    if (transfers.get(nameOf(route)) !== "answer") return { ...reply, produce };
    return { ...reply, produce: (write) => this.#transfer(() => produce(write)) };
  }

  /** Lets it bring what it brings when it is its turn and there is room. @throws DiskFull */
  async #transfer<T>(work: () => Promise<T>): Promise<T> {
    const { disk, watch, tenant } = this.#options;
    // Who has no limit waits for nobody.
    if (tenant.limits.disk === undefined) return await work();
    const others = this.#transfers;
    this.#transfers++;
    try {
      return await this.#limiter.run(async () => {
        if (others >= transfersAtOnce) await disk.account(fresh);
        await disk.check();
        return await work();
      });
    } finally {
      this.#transfers--;
      watch.touch(tenant.id);
    }
  }

  async #pass(route: Route, call: Call): Promise<Reply> {
    const { disk, watch, tenant, active } = this.#options;
    if (route.method !== "GET" && route.method !== "HEAD") active();
    const name = nameOf(route);
    if (!writing.has(name)) {
      if (running.has(name) && isBeyond({ disk, tenant })) throw new DiskFull(disk.describe());
      return noting(await route.handle(call), active);
    }
    await disk.check();
    if (transfers.get(name) === "request") return await this.#transfer(async () => route.handle(call));
    try {
      return await route.handle(call);
    } finally {
      watch.touch(tenant.id);
    }
  }
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** What is sent without end takes its tenant's time. */
function paced(reply: Reply, turns: RequestTurns): Reply {
  if (reply.kind !== "hijack" && reply.kind !== "websocket") return reply;
  return {
    ...reply,
    run: (stream) => reply.run({ write: turns.paced((chunk) => stream.write(chunk)), input: stream.input }),
  };
}

/** What somebody types into an attached container or exec is activity, too. */
function noting(reply: Reply, active: () => void): Reply {
  if (reply.kind !== "hijack" && reply.kind !== "websocket") return reply;
  return {
    ...reply,
    run: (stream) => reply.run({ write: (chunk) => stream.write(chunk), input: noted(stream.input, active) }),
  };
}

async function* noted(input: AsyncIterable<Buffer>, active: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    active();
    yield chunk;
  }
}
