import type { Policy } from "../tenants/policy.ts";
import type { TenantId } from "../tenants/tenant.ts";
import type { AddressRule } from "./address-rule.ts";
import { type AddressRecord, addressRecords } from "./dns/codec.ts";
import type { OutsideNames } from "./dns/dns-server.ts";
import { formatPrivateHost, packageSources, parsePrivateHost, type PrivateHost } from "./private-host.ts";
import type { RulesetNetwork } from "./ruleset.ts";

/** What a policy says of the way out of a tenant's networks. */
export type EgressRules = Pick<Policy, "egress" | "packageHosts" | "privateAddresses" | "privateHosts">;

/** Of whoever's rules are not known (yet). */
const noEgress: EgressRules = { egress: "none", packageHosts: [], privateAddresses: false, privateHosts: [] };

/** Not every address of the outside is open. */
export function isRestricted({ egress }: EgressRules): boolean {
  return egress !== "all";
}

/** @param name lower case, without a dot at its end */
export function mayReachName({ egress, packageHosts }: EgressRules, name: string): boolean {
  if (egress === "all") return true;
  const lists = (host: string): boolean =>
    host.startsWith("*.") ? name.endsWith(host.slice(1).toLowerCase()) : name === host.toLowerCase();
  return egress === "registries" && packageHosts.some(lists);
}

/** What a sandbox's name server does with names of the outside. @param led called with where an allowed name leads */
export function outsideNames(
  rules: () => EgressRules,
  led: (records: readonly AddressRecord[]) => Promise<void>,
): OutsideNames & { restricted(): boolean } {
  return {
    restricted: () => isRestricted(rules()),
    allows: (name) => mayReachName(rules(), name),
    answered: async (response) => {
      if (isRestricted(rules())) await led(addressRecords(response));
    },
  };
}

/** Programs connect a little later than they ask, and many keep what they heard for longer than it is good for. */
const shortest = 60;
const longest = 3_600;
const mostPerBridge = 512;

/** What the firewall must know of each network's way out. */
export class WaysOut {
  readonly #rulesOf: (tenant: TenantId) => EgressRules | undefined;
  readonly #reachable = new ReachableAddresses();
  /** what `package-sources` means now */
  packageSources: readonly PrivateHost[] = [];

  /** @param rulesOf a tenant's policy, undefined while it is not known: nothing is open then */
  constructor(rulesOf: (tenant: TenantId) => EgressRules | undefined) {
    this.#rulesOf = rulesOf;
  }

  of(owner: TenantId, bridge: string): Pick<RulesetNetwork, "public" | "opened" | "restricted" | "reachable"> {
    const rules = this.#rulesOf(owner) ?? noEgress;
    return {
      public: !rules.privateAddresses,
      opened: this.#opened(rules),
      restricted: isRestricted(rules),
      reachable: rules.egress === "registries" ? this.#reachable.list(bridge) : [],
    };
  }

  /** Of the engine's own connections for a tenant: as its containers' are let out. */
  addresses(rules: EgressRules): AddressRule {
    return { everything: rules.privateAddresses, opened: this.#opened(rules) };
  }

  #opened({ privateHosts }: EgressRules): PrivateHost[] {
    const hosts = privateHosts.flatMap((entry) =>
      entry === packageSources ? this.packageSources : (parsePrivateHost(entry) ?? []),
    );
    return [...new Map(hosts.map((host) => [formatPrivateHost(host), host])).values()];
  }

  /** Names have led there. @returns whether the firewall must be told */
  open(bridges: readonly string[], records: readonly AddressRecord[]): boolean {
    return bridges.filter((bridge) => this.#reachable.add(bridge, records)).length > 0;
  }

  forget(bridge: string): void {
    this.#reachable.forgetAll(bridge);
  }
}

/** The addresses that allowed names led to, by bridge, for as long as the answers were good. */
class ReachableAddresses {
  readonly #until = new Map<string, { bridge: string; address: string; expires: number }>();

  /** @returns whether anything is new or lasts longer by a good part */
  add(bridge: string, records: readonly AddressRecord[], now = Date.now()): boolean {
    let changed = false;
    for (const { address, ttl } of records) {
      const key = `${bridge} ${address}`;
      const expires = now + Math.min(longest, Math.max(shortest, ttl)) * 1_000;
      const known = this.#until.get(key)?.expires ?? 0;
      if (expires - known < shortest * 500) continue;
      this.#until.delete(key);
      this.#until.set(key, { bridge, address, expires });
      changed = true;
    }
    this.#forget(bridge, now);
    return changed;
  }

  /** `seconds`: how long each is still good */
  list(bridge: string, now = Date.now()): { address: string; seconds: number }[] {
    return [...this.#until.values()]
      .filter((entry) => entry.bridge === bridge && entry.expires > now)
      .map(({ address, expires }) => ({ address, seconds: Math.ceil((expires - now) / 1_000) }));
  }

  /** Those that are no longer good, and the oldest of too many. */
  #forget(bridge: string, now: number): void {
    const own = [...this.#until].filter(([, entry]) => entry.bridge === bridge);
    const tooMany = own.length - mostPerBridge;
    for (const [index, [key, { expires }]] of own.entries()) {
      if (expires <= now || index < tooMany) this.#until.delete(key);
    }
  }

  forgetAll(bridge: string): void {
    for (const [key, entry] of this.#until) {
      if (entry.bridge === bridge) this.#until.delete(key);
    }
  }
}
