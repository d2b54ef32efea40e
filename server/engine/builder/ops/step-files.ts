import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readInPlace } from "../../mount/in-place.ts";
import { directResolvConf, hostsFile, isElsewhere, resolvConf } from "../../network/container-files.ts";
import type { ResolverSettings } from "../../network/dns/host-resolvers.ts";

const noWishes = { servers: [], search: [], options: [] };
const names = ["hostname", "resolv.conf", "hosts"] as const;

/** The files that a step sees in /etc in place of the image's: they are bind-mounted, so that no layer holds them. */
export class StepFiles implements Disposable {
  readonly #directory: string;
  readonly #hostname: string;
  readonly #owner: number;
  readonly #resolvers: ResolverSettings;
  readonly #extraHosts: { address: string; name: string }[];

  /** @param options.owner host id that the step's root is mapped to */
  constructor(
    directory: string,
    options: {
      hostname: string;
      extraHosts: readonly string[];
      resolvers: ResolverSettings;
      owner: number;
    },
  ) {
    this.#owner = options.owner;
    this.#resolvers = options.resolvers;
    this.#directory = directory;
    this.#hostname = options.hostname;
    this.#extraHosts = options.extraHosts.map((entry) => {
      const separator = entry.search(/[=:]/);
      return { name: entry.slice(0, separator), address: entry.slice(separator + 1).replace(/^\[(.*)\]$/, "$1") };
    });
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    this.#write("hostname", `${options.hostname}\n`);
    this.#write("resolv.conf", resolvConf(noWishes, this.#resolvers));
    this.setAddress(undefined);
  }

  /** Once the step has an address: written in place, for the file is already mounted. */
  setAddress(address: string | undefined): void {
    const own = address === undefined ? [] : [{ address, names: [this.#hostname] }];
    this.#write("hosts", hostsFile(own, this.#extraHosts));
  }

  /** Once it is known where names are asked for; undefined: of the machine's servers themselves. Written in place, too. */
  setResolver(resolver: string | undefined): void {
    const direct = resolver === undefined ? directResolvConf(noWishes, this.#resolvers, isElsewhere) : undefined;
    this.#write("resolv.conf", direct ?? resolvConf(noWishes, this.#resolvers, resolver));
  }

  /** Who shares a container's network has its files. */
  takeFrom(directory: string): void {
    for (const name of names) {
      this.#write(name, readInPlace(path.join(directory, name), `/etc/${name}`));
    }
  }

  get mounts(): { destination: string; source: string }[] {
    return names.map((name) => ({
      destination: `/etc/${name}`,
      source: path.join(this.#directory, name),
    }));
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #write(name: string, content: string | Buffer): void {
    const file = path.join(this.#directory, name);
    writeFileSync(file, content);
    chmodSync(file, 0o644);
    chownSync(file, this.#owner, this.#owner);
  }
}
