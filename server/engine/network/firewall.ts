import { renderRuleset, type RulesetState } from "./ruleset.ts";
import { queryNft, runNft } from "./nft.ts";

/**
 * Keeps one nftables table equal to the networks and published ports there are.
 *
 * Every change writes the whole table anew in one atomic batch: there is no drift, and a crash leaves either the
 * old rules or the new. Changes that come while nft runs share the next batch.
 */
export class Firewall {
  readonly #table: string;
  readonly #bridgePrefix: string;
  readonly #state: () => RulesetState;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: { table: string; bridgePrefix: string; state: () => RulesetState }) {
    this.#table = options.table;
    this.#bridgePrefix = options.bridgePrefix;
    this.#state = options.state;
  }

  /** Resolves when the kernel has the state as it was at the call, or a later one. @throws Unavailable */
  refresh(): Promise<void> {
    if (this.#running === undefined) {
      return this.#start();
    }
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Idempotent. */
  async remove(): Promise<void> {
    await runNft(`add table inet ${this.#table}\ndelete table inet ${this.#table}\n`);
    await this.#eachForeignRule((chain, handle) => `delete rule ip filter ${chain} handle ${handle}\n`);
  }

  /**
   * On hosts where another firewall drops what is forwarded (dockerd, ufw: policy drop in `ip filter FORWARD`), lets
   * traffic of our bridges through there; our own table still judges it. An accept in one table cannot override a
   * drop in another, so there is no way without touching theirs. Idempotent.
   *
   * @returns the chain that was changed, or undefined when nothing was needed
   */
  async passForeignFilter(): Promise<string | undefined> {
    const chains = await this.#foreignChains();
    const forward = chains.find((chain) => chain.name === "FORWARD");
    if (forward === undefined) {
      return undefined;
    }
    const user = chains.find((chain) => chain.name === "DOCKER-USER");
    if (forward.policy !== "drop" && user === undefined) {
      return undefined;
    }
    const target = (user ?? forward).name;
    await this.#eachForeignRule((chain, handle) => `delete rule ip filter ${chain} handle ${handle}\n`);
    await runNft(
      ["iifname", "oifname"]
        .map(
          (side) =>
            `insert rule ip filter ${target} ${side} "${this.#bridgePrefix}*" counter accept comment "${this.#table}"\n`,
        )
        .join(""),
    );
    return target;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const run = runNft(renderRuleset(this.#table, this.#bridgePrefix, this.#state()))
      .then(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
    this.#running = run;
    return run;
  }

  async #foreignChains(): Promise<{ name: string; policy?: string }[]> {
    const listing = parse(await queryNft("-j", "list", "chains", "ip"));
    return listing.flatMap(({ chain }) =>
      chain?.table === "filter"
        ? [{ name: chain.name, ...(chain.policy === undefined ? {} : { policy: chain.policy }) }]
        : [],
    );
  }

  async #eachForeignRule(script: (chain: string, handle: number) => string): Promise<void> {
    const chains = (await this.#foreignChains()).map(({ name }) => name);
    for (const name of ["DOCKER-USER", "FORWARD"].filter((chain) => chains.includes(chain))) {
      const rules = parse(await queryNft("-j", "list", "chain", "ip", "filter", name));
      const ours = rules.flatMap(({ rule }) => (rule?.comment === this.#table ? [script(name, rule.handle)] : []));
      if (ours.length > 0) {
        await runNft(ours.join(""));
      }
    }
  }
}

interface Listed {
  chain?: { table: string; name: string; policy?: string };
  rule?: { handle: number; comment?: string };
}

function parse(json: string): Listed[] {
  return (JSON.parse(json) as { nftables: Listed[] }).nftables;
}
