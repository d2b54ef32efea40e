import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoCode, fileError } from "../mount/errno.ts";
import { readInPlace, writeInPlace } from "../mount/in-place.ts";
import {
  directResolvConf,
  hasOwnStack,
  hostResolvConf,
  hostsFile,
  reachesServer,
  resolvConf,
} from "../network/container-files.ts";
import type { ResolverSettings } from "../network/dns/host-resolvers.ts";
import { type EgressRules, isRestricted } from "../network/egress.ts";
import { isPredefined } from "../network/predefined.ts";
import type { RuntimeMount } from "../runtime/runtime-spec.ts";
import type { ContainerDirectories } from "./container-directories.ts";
import type { Container } from "./container.ts";
import { type HostEntry, extraHost } from "./extra-hosts.ts";

const files = ["hosts", "hostname", "resolv.conf"] as const;

/** /etc/hosts, /etc/hostname and /etc/resolv.conf of a container: files of ours, bind-mounted over the image's. */
export class EtcFiles {
  readonly #directories: ContainerDirectories;
  readonly #resolvers: () => ResolverSettings;
  readonly #tenant: { rules: EgressRules };

  /** @param tenant whose rules are those of now */
  constructor(directories: ContainerDirectories, resolvers: () => ResolverSettings, tenant: { rules: EgressRules }) {
    this.#directories = directories;
    this.#resolvers = resolvers;
    this.#tenant = tenant;
  }

  /** Before the start. `network`: with a namespace and DNS of its own; `host`: the machine's. */
  write(container: Container, network: "own" | "host"): void {
    this.#put(container, "hostname", `${container.config.hostname}\n`);
    this.writeResolvers(container, network);
    // What is on the machine's network has no gateway to it.
    const extra = network === "host" ? container.host.extraHosts.flatMap((entry) => extraHost(entry, [])) : [];
    if (network === "host" && extra.length === 0) {
      this.#put(container, "hosts", machineHosts() ?? hostsFile([]));
    } else {
      this.writeHosts(container, extra);
    }
  }

  /** In place, also after a change of networks. `resolver`: of a container that is on its networks already. */
  writeResolvers(container: Container, network: "own" | "host", resolver?: string): void {
    const { dns, dnsSearch, dnsOptions } = container.host;
    const text =
      network === "host"
        ? hostResolvConf(this.#resolvers(), { dns, dnsSearch, dnsOptions })
        : this.#resolvConf(container, resolver);
    this.#put(container, "resolv.conf", text);
  }

  /** In place: the container sees the same file. */
  writeHosts(container: Container, entries: readonly HostEntry[]): void {
    this.#put(container, "hosts", hostsFile(entries));
  }

  /** A container that shares another's network shares these too. */
  copyFrom(container: Container, other: Container): void {
    for (const file of files) {
      const source = join(this.#directories.data(other.id), file);
      if (existsSync(source)) {
        this.#put(container, file, readInPlace(source, `/etc/${file}`));
      }
    }
  }

  /** All but those over which the container mounts something itself. */
  mounts(container: Container): RuntimeMount[] {
    const taken = new Set(container.mounts.map((mount) => mount.target));
    return files
      .filter((file) => !taken.has(`/etc/${file}`))
      .map((file) => ({
        destination: `/etc/${file}`,
        type: "bind",
        source: join(this.#directories.data(container.id), file),
        options: ["bind", "rprivate", ...(container.host.readonlyRootfs ? ["ro"] : [])],
      }));
  }

  #resolvConf(container: Container, resolver?: string): string {
    const { dns, dnsSearch, dnsOptions, runtime } = container.host;
    const wishes = { servers: dns, search: dnsSearch, options: dnsOptions };
    const host = this.#resolvers();
    // Nobody can ask servers of the user's choice from inside a stack that is not the kernel's, but itself.
    const itself =
      hasOwnStack(runtime) && (resolver === undefined || (dns.length > 0 && !isRestricted(this.#tenant.rules)));
    const named = !itself && Object.keys(container.networks).some((name) => !isPredefined(name) && name !== "default");
    const reachable = (server: string) => reachesServer(server, this.#tenant.rules);
    return (named ? undefined : directResolvConf(wishes, host, reachable)) ?? resolvConf(wishes, host, resolver);
  }

  #put(container: Container, file: string, text: string | Buffer): void {
    const path = join(this.#directories.data(container.id), file);
    writeInPlace(path, `/etc/${file}`, text);
    this.#directories.own(path, container);
  }
}

/** What a container on the machine's network has that asks for no entries of its own (libnetwork, sandbox.buildHostsFile). */
function machineHosts(): string | undefined {
  try {
    return readFileSync("/etc/hosts", "utf8");
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return undefined;
    throw fileError("/etc/hosts", error);
  }
}
