import { readHostMachine } from "../engine/catalogue/host-machine.ts";
import { packageUrls, type PackageSettings, privateHostsOf } from "../engine/catalogue/package-places.ts";
import { isEngineError, messageOf } from "../engine/errdefs/errors.ts";
import type { PrivateHost } from "../engine/network/private-host.ts";

/** Of names that are not found, a minute each. */
const mostTries = 10;

/**
 * Which ports of private networks the machine's own package sources are, for learners whose policy lets them out there.
 * Names are asked for when the engine decides to, never when a learner asks: no answer to a learner opens anything.
 */
export class PackageSources {
  readonly #opened: (hosts: readonly PrivateHost[]) => Promise<void>;
  readonly #log: (line: string) => void;
  readonly #machine: () => Promise<PackageSettings>;
  #triesLeft = mostTries;

  constructor(
    opened: (hosts: readonly PrivateHost[]) => Promise<void>,
    log: (line: string) => void,
    machine: () => Promise<PackageSettings> = readHostMachine,
  ) {
    this.#opened = opened;
    this.#log = log;
    this.#machine = machine;
  }

  /** Looks again only while a name was not found: a machine may start before its network. */
  async retry(): Promise<void> {
    if (this.#triesLeft > 0) await this.#look();
  }

  /** At the start and when the operator says so: reads the machine's settings, and asks where the names lead now. */
  async renew(): Promise<void> {
    this.#triesLeft = mostTries;
    await this.#look();
  }

  async #look(): Promise<void> {
    try {
      const hosts: PrivateHost[] = [];
      let missing = false;
      // One after the other: each occupies a thread that files want, too, for as long as name servers are silent.
      for (const url of packageUrls(await this.#machine())) {
        try {
          hosts.push(...(await privateHostsOf(url)));
        } catch {
          missing = true; // retried; doctor says which name is not found
        }
      }
      this.#triesLeft = missing ? this.#triesLeft - 1 : 0;
      await this.#opened(hosts);
    } catch (error) {
      this.#triesLeft = 0;
      // Of another distribution, or without sources, stand-ins are not made either: that has been told.
      if (!isEngineError(error, "failed_precondition")) this.#log(`package sources: ${messageOf(error)}`);
    }
  }
}
