import { HttpError } from "../daemon/http/http-status.ts";
import type { Reply } from "../daemon/http/reply.ts";
import type { Call, Route } from "../daemon/http/route.ts";
import { type DiskWatch, isBeyond } from "../engine/quota/disk-watch.ts";
import { DiskFull } from "../engine/errdefs/errors.ts";
import type { TenantDisk } from "../engine/quota/tenant-disk.ts";
import type { Tenant } from "../engine/tenants/tenant.ts";

/** Requests that put something on the disk: refused to who has no room. */
const writing = new Set([
  "POST /build",
  "POST /commit",
  "POST /containers/create",
  "PUT /containers/{id}/archive",
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
/** Requests that let something run that could write. */
const running = new Set([
  "POST /containers/{id}/start",
  "POST /containers/{id}/restart",
  "POST /exec/{id}/start",
  "POST /drydock/v1/terminals",
]);

export interface GateOptions {
  tenant: Tenant;
  disk: TenantDisk;
  watch: DiskWatch;
  /** told of each request that somebody makes, in contrast to those that a page makes by itself */
  active: () => void;
}

/** Seconds' worth of requests that may come at once. */
const burst = 10;

/** What each request of one tenant has to pass, whatever its route: rate and disk. Routes cannot forget it: all are wrapped. */
export class TenantGate {
  readonly #options: GateOptions;
  #tokens: number | undefined;
  #at = performance.now();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  wrap(routes: readonly Route[]): Route[] {
    return routes.map((route) => ({ ...route, handle: async (call) => this.#pass(route, call) }));
  }

  async #pass(route: Route, call: Call): Promise<Reply> {
    const { disk, watch, tenant, active } = this.#options;
    this.#countRequest();
    if (route.method !== "GET" && route.method !== "HEAD") active();
    const name = `${route.method} ${route.path}`;
    if (!writing.has(name)) {
      if (running.has(name) && isBeyond({ disk, tenant })) throw new DiskFull(disk.describe());
      return noting(await route.handle(call), active);
    }
    await disk.check();
    try {
      return await route.handle(call);
    } finally {
      watch.touch(tenant.id);
    }
  }

  /** A token bucket. @throws HttpError 429 with the seconds to wait */
  #countRequest(): void {
    const { requests: rate } = this.#options.tenant.limits;
    if (rate === undefined) return;
    const now = performance.now();
    const most = Math.max(1, rate * burst);
    this.#tokens = Math.min(most, (this.#tokens ?? most) + ((now - this.#at) / 1000) * rate);
    this.#at = now;
    if (this.#tokens < 1) {
      const wait = rate === 0 ? 60 : Math.max(1, Math.ceil((1 - this.#tokens) / rate));
      throw new HttpError(429, `too many requests: ${rate} a second are allowed here; try again in ${wait} s`, {
        "Retry-After": String(wait),
      });
    }
    this.#tokens -= 1;
  }
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
