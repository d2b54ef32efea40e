/**
 * A stand-in for drydockd: the extension and the few Docker routes the page uses, in memory, on UNIX sockets. For
 * developing and testing the page; it builds and runs nothing. Behaviour that tests ask for is in the Dockerfile:
 * a RUN with `false` fails, with `sleep` takes a second, with `yes` prints without end; a wrong instruction is refused.
 *
 * `node test/suites/fake-engine.ts <directory>` serves `<directory>/web.sock`.
 */
import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { EngineStatus, TenantStart, TenantSummary } from "../../server/contract/extension-api.ts";
import { FakeTenant } from "./fake-engine/fake-tenant.ts";

export class FakeEngine {
  readonly #directory: string;
  readonly #tenants = new Map<string, { summary: TenantSummary; tenant: FakeTenant; server: Server }>();
  #server: Server | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get webSocket(): string {
    return join(this.#directory, "web.sock");
  }

  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    this.#server = await listen(this.webSocket, (request, response) => this.#serve(request, response));
    for (const entry of this.#tenants.values()) entry.server = await this.#serveTenant(entry.summary, entry.tenant);
  }

  /** Goes away as a killed drydockd does; what it held is there again after `start`. */
  async stop(): Promise<void> {
    const servers = [this.#server, ...[...this.#tenants.values()].map(({ server }) => server)];
    await Promise.all(servers.map((server) => (server === undefined ? Promise.resolve() : close(server))));
    this.#server = undefined;
  }

  /** For good. */
  async dispose(): Promise<void> {
    await this.stop();
    for (const { tenant } of this.#tenants.values()) tenant.dispose();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://engine");
    const id = /^\/drydock\/v1\/tenants\/([^/]+)$/.exec(url.pathname)?.[1];
    if (url.pathname === "/drydock/v1/status") return send(response, 200, status);
    if (url.pathname === "/drydock/v1/tenants" && request.method === "POST") {
      const start = (await json(request)) as TenantStart;
      const known = start.id === undefined ? undefined : this.#tenants.get(start.id);
      if (known !== undefined) return send(response, 200, known.summary);
      return send(response, 201, await this.#createTenant(start));
    }
    if (id !== undefined && request.method === "DELETE") {
      const entry = this.#tenants.get(id);
      if (entry === undefined) return send(response, 404, { message: `There is no tenant ${id}.` });
      this.#tenants.delete(id);
      await close(entry.server);
      entry.tenant.dispose();
      return send(response, 204);
    }
    return send(response, 404, { message: "page not found" });
  }

  async #createTenant(start: TenantStart): Promise<TenantSummary> {
    const id = start.id ?? `t${Date.now()}`;
    await mkdir(join(this.#directory, id), { recursive: true });
    const summary = {
      id,
      policy: start.policy,
      socket: join(this.#directory, id, "docker.sock"),
      createdAt: Date.now(),
    };
    const tenant = new FakeTenant();
    this.#tenants.set(id, { summary, tenant, server: await this.#serveTenant(summary, tenant) });
    return summary;
  }

  #serveTenant(summary: TenantSummary, tenant: FakeTenant): Promise<Server> {
    return listen(summary.socket, (request, response) => tenant.serve(request, response));
  }
}

const status: EngineStatus = {
  version: "0.1.0-fake",
  baseImages: [{ name: "busybox", ready: true, standIn: true }],
  problems: [],
};

function send(response: ServerResponse, code: number, value?: unknown): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}

async function listen(
  path: string,
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { message: String(error) });
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

if (import.meta.main) {
  const engine = new FakeEngine(process.argv[2] ?? "/tmp/drydock-fake");
  await engine.start();
  console.log(`A fake engine is at ${engine.webSocket}`);
}
