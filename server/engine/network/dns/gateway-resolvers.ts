import { randomInt } from "node:crypto";
import { isErrno } from "../netlink/kernel-error.ts";
import { Netns } from "../netlink/netns.ts";
import type { DnsPlace } from "./dns-server.ts";

/** Who asks, and where: the firewall leads what `address` on `bridge` sends to port 53 of `gateway` to `port` there. */
export interface GatewayResolver {
  bridge: string;
  address: string;
  gateway: string;
  port: number;
}

/** below the ports that Linux gives out by itself, so that they are rarely taken */
const ports = { from: 20_000, to: 30_000 };
const attempts = 20;

/**
 * Name servers of sandboxes whose network stack is not the kernel's: they are asked at their gateway, each at a port of
 * its own there, so that a server knows who asks it by nothing but the firewall's word.
 */
export class GatewayResolvers {
  readonly #bySandbox = new Map<string, GatewayResolver>();
  #machine: Netns | undefined;

  list(): GatewayResolver[] {
    return [...this.#bySandbox.values()];
  }

  /** The firewall must be refreshed then. @throws KernelError what `listen` throws, but for ports that are taken */
  async serve(
    key: string,
    asker: Omit<GatewayResolver, "port">,
    listen: (place: DnsPlace) => Promise<void>,
  ): Promise<void> {
    this.#machine ??= new Netns("/proc/thread-self/ns/net");
    for (let attempt = 1; ; attempt++) {
      const port = randomInt(ports.from, ports.to);
      try {
        await listen({ netns: this.#machine, address: asker.gateway, port });
        this.#bySandbox.set(key, { ...asker, port });
        return;
      } catch (error) {
        if (!isErrno(error, "EADDRINUSE") || attempt === attempts) throw error;
      }
    }
  }

  /** @param bridge only if it is asked there. @returns whether it was there; the firewall must be refreshed then */
  leave(key: string, bridge?: string): boolean {
    const known = this.#bySandbox.get(key);
    if (known === undefined || (bridge !== undefined && known.bridge !== bridge)) return false;
    return this.#bySandbox.delete(key);
  }
}
