import { type ConnectionLimits, renderBridgeGuard, renderLimits } from "./guard-rules.ts";
import { renderRuleset, type RulesetState } from "./ruleset.ts";
import { messageOf } from "../errdefs/errors.ts";
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
  readonly #vethPrefix: string;
  readonly #limits: ConnectionLimits;
  readonly #state: () => RulesetState;
  /** the kernel has nftables for bridges */
  #guardsBridges = true;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: {
    table: string;
    bridgePrefix: string;
    vethPrefix: string;
    connections: ConnectionLimits;
    state: () => RulesetState;
  }) {
    this.#limits = options.connections;
    this.#table = options.table;
    this.#bridgePrefix = options.bridgePrefix;
    this.#vethPrefix = options.vethPrefix;
    this.#state = options.state;
  }

  /**
   * Loads all rules, those that count connections before the others, and finds out what the kernel can. Once, before
   * `refresh`.
   * @returns what the operator should know
   * @throws Unavailable
   */
  async start(): Promise<string[]> {
    const warnings: string[] = [];
    await runNft(renderLimits(this.#table, this.#bridgePrefix, this.#limits));
    try {
      await runNft(renderBridgeGuard(this.#table, this.#vethPrefix, []));
    } catch (error) {
      this.#guardsBridges = false;
      warnings.push(`containers on one network can pass themselves off as its gateway: ${messageOf(error)}`);
    }
    await this.refresh();
    const foreign = await this.passForeignFilter();
    if (foreign.length > 0) {
      const chains = foreign.join(" and ");
      warnings.push(`another firewall drops forwarded traffic: Drydock's networks are let through its chain ${chains}`);
    }
    return warnings;
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
    const tables = [`inet ${this.#table}`, `inet ${this.#table}-limits`];
    if (this.#guardsBridges) tables.push(`bridge ${this.#table}`);
    await runNft(tables.map((table) => `add table ${table}\ndelete table ${table}\n`).join(""));
    for (const family of families) await this.#removeForeignRules(family);
  }

  /**
   * On hosts where another firewall drops what is forwarded (dockerd, ufw: policy drop in `ip filter FORWARD`), lets
   * traffic of our bridges through there, in both families; our own table still judges it. An accept in one table cannot
   * override a drop in another, so there is no way without touching theirs. Idempotent.
   *
   * @returns the chains that were changed
   */
  async passForeignFilter(): Promise<string[]> {
    const passed: string[] = [];
    for (const family of families) {
      const chains = await foreignChains(family);
      const forward = chains.find((chain) => chain.name === "FORWARD");
      const user = chains.find((chain) => chain.name === "DOCKER-USER");
      if (forward === undefined || (forward.policy !== "drop" && user === undefined)) {
        continue;
      }
      // Where dockerd filters IPv4 alone, its chain for users is empty in IPv6.
      const target = forward.policy === "drop" && family === "ip6" ? "FORWARD" : (user ?? forward).name;
      await this.#removeForeignRules(family);
      await runNft(
        ["iifname", "oifname"]
          .map(
            (side) =>
              `insert rule ${family} filter ${target} ${side} "${this.#bridgePrefix}*" counter accept comment "${this.#table}"\n`,
          )
          .join(""),
      );
      passed.push(`${family} ${target}`);
    }
    return passed;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const state = this.#state();
    const guard = this.#guardsBridges ? renderBridgeGuard(this.#table, this.#vethPrefix, state.networks) : "";
    const run = runNft(`${renderRuleset(this.#table, this.#bridgePrefix, state)}${guard}`)
      .then(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
    this.#running = run;
    return run;
  }

  async #removeForeignRules(family: (typeof families)[number]): Promise<void> {
    const chains = (await foreignChains(family)).map(({ name }) => name);
    for (const name of ["DOCKER-USER", "FORWARD"].filter((chain) => chains.includes(chain))) {
      const rules = parse(await queryNft("-j", "list", "chain", family, "filter", name));
      const ours = rules.flatMap(({ rule }) =>
        rule?.comment === this.#table ? [`delete rule ${family} filter ${name} handle ${rule.handle}\n`] : [],
      );
      if (ours.length > 0) {
        await runNft(ours.join(""));
      }
    }
  }
}

/** In whose tables others filter (iptables-nft, ip6tables-nft). */
const families = ["ip", "ip6"] as const;

async function foreignChains(family: (typeof families)[number]): Promise<{ name: string; policy?: string }[]> {
  return parse(await queryNft("-j", "list", "chains", family)).flatMap(({ chain }) =>
    chain?.table === "filter"
      ? [{ name: chain.name, ...(chain.policy === undefined ? {} : { policy: chain.policy }) }]
      : [],
  );
}

interface Listed {
  chain?: { table: string; name: string; policy?: string };
  rule?: { handle: number; comment?: string };
}

function parse(json: string): Listed[] {
  return (JSON.parse(json) as { nftables: Listed[] }).nftables;
}
