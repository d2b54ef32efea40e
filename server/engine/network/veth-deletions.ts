import { messageOf } from "../errdefs/errors.ts";
import type { Links } from "./netlink/links.ts";

/** Veth pairs that are being deleted, off everybody's way; their addresses are not given out again before. */
export class VethDeletions {
  readonly #links: () => Links;
  readonly #warn: (message: string) => void;
  readonly #running = new Map<string, Promise<void>>();

  constructor(links: () => Links, warn: (message: string) => void) {
    this.#links = links;
    this.#warn = warn;
  }

  /** Deletes the pair some time soon. */
  begin({ veth, networkId, ipv4, ipv6 }: { veth: string; networkId: string; ipv4: string; ipv6: string }): void {
    const keys = [ipv4, ipv6].map((address) => `${networkId} ${address}`);
    const deletion = this.#links()
      .delete(veth)
      .then(() => undefined)
      .catch((error: unknown) => this.#warn(`could not delete ${veth}: ${messageOf(error)}`))
      .finally(() => keys.forEach((key) => this.#running.delete(key)));
    keys.forEach((key) => this.#running.set(key, deletion));
  }

  /** Resolves when no deletion holds `address` of the network any more. */
  async released(networkId: string, address: string): Promise<void> {
    await this.#running.get(`${networkId} ${address}`);
  }

  /** of the network, that are held */
  addresses(networkId: string): string[] {
    return [...this.#running.keys()].flatMap((key) => {
      const [id, address = ""] = key.split(" ");
      return id === networkId ? [address] : [];
    });
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
