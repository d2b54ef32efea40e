import { existsSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import type { Answer, Question } from "./dns/codec.ts";
import { type DnsPlace, DnsServer, type OutsideNames, resolverAddress } from "./dns/dns-server.ts";
import { Forwarder, type Upstream } from "./dns/forwarder.ts";
import { Links } from "./netlink/links.ts";
import { Netns, within } from "./netlink/netns.ts";
import type { PortBinding, SandboxOptions } from "./network-service.ts";

const loopback = 1;

/** One network namespace with the embedded DNS in it. */
export class Sandbox implements Disposable {
  readonly id: string;
  readonly netns: Netns;
  /** path of the namespace, for plugins */
  readonly key: string;
  /** a build step's (it has no names) is not written down: it ends with `drydockd` */
  readonly durable: boolean;
  readonly door: boolean;
  readonly ownStack: boolean;
  names: string[];
  ports: PortBinding[] = [];
  readonly #dns: SandboxOptions["dns"];
  /** next numbers of interfaces, by prefix */
  readonly #numbers = new Map<string, number>();
  #server: DnsServer | undefined;
  #resolver: string | undefined;

  constructor(options: SandboxOptions) {
    this.id = options.id;
    this.names = options.names;
    this.durable = options.names.length > 0;
    this.door = options.door;
    this.ownStack = options.ownStack ?? false;
    this.#dns = options.dns;
    this.key = options.netns;
    this.netns = new Netns(options.netns);
  }

  /** For messages. */
  get name(): string {
    return this.names[0] ?? this.id.slice(0, 12);
  }

  /** As with dockerd, the number of an interface that has gone is not given again. */
  nextInterface(prefix: string, used: ReadonlySet<string>): string {
    let number = this.#numbers.get(prefix) ?? 0;
    while (used.has(`${prefix}${number}`)) number++;
    this.#numbers.set(prefix, number + 1);
    return `${prefix}${number}`;
  }

  /** Loopback up; nothing has IPv6 before a network does. Idempotent. */
  prepare(): void {
    using links = new Links(this.netns);
    links.setUp(loopback);
    this.#setIPv6(["lo", "default"], false);
  }

  /** Gives an interface (and loopback) IPv6. Nothing happens where the kernel has none. */
  enableIPv6(device: string): void {
    this.#setIPv6(["lo", device], true);
  }

  #setIPv6(devices: readonly string[], on: boolean): void {
    within(this.netns, () => {
      for (const device of devices) {
        const path = `/proc/sys/net/ipv6/conf/${device}/disable_ipv6`;
        if (existsSync(path)) {
          writeFileSync(path, on ? "0" : "1");
        }
      }
    });
  }

  /** Where names are answered; undefined before `serveNames`. */
  get resolver(): string | undefined {
    return this.#resolver;
  }

  /**
   * Answers for names at `place`. Servers of the user's choice are asked from inside, if there is a way (a stack of its
   * own asks them itself), the host's from the host. @throws KernelError when the place is taken
   */
  async serveNames(
    place: DnsPlace,
    answer: (question: Question) => { rcode: number; answers: Answer[] } | undefined,
    hostServers: () => string[],
    warn: (message: string) => void,
    outside: OutsideNames & { restricted(): boolean },
  ): Promise<void> {
    const own = this.#dns.servers.filter((server) => isIP(server) !== 0 && server !== resolverAddress);
    // What names lead to must be said by servers of the machine's where only some may be reached.
    const upstreams = (): Upstream[] =>
      own.length > 0 && !this.ownStack && !outside.restricted()
        ? own.map((address) => ({ address, netns: this.netns }))
        : hostServers().map((address) => ({ address }));
    const server = new DnsServer({
      answer,
      upstreams,
      forwarder: new Forwarder(),
      outside,
      warn: (message) => warn(`${this.name}: ${message}`),
    });
    await server.listen(place);
    this.#server = server;
    this.#resolver = place.address;
  }

  /** Idempotent. */
  stopNames(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#resolver = undefined;
  }

  [Symbol.dispose](): void {
    this.stopNames();
    this.netns[Symbol.dispose]();
  }
}
