import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressLimits } from "../http/address-limits.ts";
import { hostName, isAllowedHost } from "../http/origin.ts";
import { explainUnread } from "../http/unread-request.ts";
import type { PreviewProxy } from "./preview-proxy.ts";

/** Listens on the preview ports: nothing but previews is served there. */
export class PreviewListeners {
  /** those that could be had */
  readonly ports: number[] = [];
  readonly #previews: PreviewProxy;
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #addresses: Pick<AddressLimits, "guard">;
  readonly #servers: Server[] = [];

  constructor(previews: PreviewProxy, allowedHosts: ReadonlySet<string>, addresses: Pick<AddressLimits, "guard">) {
    this.#previews = previews;
    this.#allowedHosts = allowedHosts;
    this.#addresses = addresses;
  }

  /** Ports that are taken are left out, and told of. */
  async listen(ports: readonly number[], host: string): Promise<void> {
    for (const port of ports) {
      const server = this.#server(port);
      try {
        await new Promise<void>((resolve, reject) => {
          server.once("error", reject);
          server.listen(port, host, resolve);
        });
      } catch (error) {
        console.error(`Port ${port} is not used for previews: ${(error as Error).message}`);
        continue;
      }
      this.#servers.push(server);
      this.ports.push(port);
    }
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  #server(slot: number): Server {
    const server = createServer((request, response) => {
      const isAllowed = isAllowedHost(hostName(request), this.#allowedHosts);
      void this.#previews.serve(request, response, isAllowed ? { slot } : "unknown");
    });
    server.on("upgrade", (request, socket, head) => {
      const isAllowed = isAllowedHost(hostName(request), this.#allowedHosts);
      void this.#previews.upgrade(request, socket, head, isAllowed ? { slot } : "unknown");
    });
    this.#addresses.guard(server);
    explainUnread(server);
    return server;
  }
}
