import { whyNoLimit } from "../../contract/least-limits.ts";
import { InvalidArgument, NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import type { LimitName } from "./limits.ts";
import { policies, type Policy, type PolicyRule, policyRules, type RuleName } from "./policy.ts";
import type { PolicyName } from "./tenant.ts";

/** Values of some rules, by their names. */
export type PolicyChanges = Partial<Omit<Policy, "name">>;

/** The policies as they are: those that ship, with the operator's changes over them, in the metadata database. */
export class PolicyBook {
  readonly #database: Database;
  readonly #current = new Map<PolicyName, Policy>();

  constructor(database: Database) {
    this.#database = database;
    database.migrate("policies", ["CREATE TABLE policies (name TEXT PRIMARY KEY, changes TEXT NOT NULL)"]);
  }

  get(name: PolicyName): Policy {
    let policy = this.#current.get(name);
    if (policy === undefined) {
      policy = { ...policies[name], ...this.changes(name) };
      this.#current.set(name, policy);
    }
    return policy;
  }

  /** What the operator has made different from what ships. */
  changes(name: PolicyName): PolicyChanges {
    const row = this.#database.get<{ changes: string }>("SELECT changes FROM policies WHERE name = ?", name);
    return row === undefined ? {} : (JSON.parse(row.changes) as PolicyChanges);
  }

  /** Lays `changes` over what was changed before. @throws InvalidArgument (no such rule, or not a value of it) */
  change(name: PolicyName, changes: Readonly<Record<string, unknown>>): Policy {
    for (const [rule, value] of Object.entries(changes)) {
      checkValue(rule, value);
    }
    return this.#keep(name, { ...this.changes(name), ...changes });
  }

  /** Takes changes back: of these rules, or all. @throws InvalidArgument (no such rule) */
  reset(name: PolicyName, rules?: readonly string[]): Policy {
    if (rules === undefined) {
      return this.#keep(name, {});
    }
    const left: Record<string, unknown> = this.changes(name);
    for (const rule of rules) {
      ruleNamed(rule);
      Reflect.deleteProperty(left, rule);
    }
    return this.#keep(name, left);
  }

  /** @param changes that there were (`changes`): in place of those that there are */
  restore(name: PolicyName, changes: PolicyChanges): void {
    this.#keep(name, changes);
  }

  #keep(name: PolicyName, changes: PolicyChanges): Policy {
    this.#database.run(
      "INSERT INTO policies (name, changes) VALUES (?, ?) ON CONFLICT DO UPDATE SET changes = excluded.changes",
      name,
      JSON.stringify(changes),
    );
    this.#current.delete(name);
    return this.get(name);
  }
}

/** @throws NotFound with the names there are */
export function parsePolicyName(name: string): PolicyName {
  if (!Object.hasOwn(policies, name)) {
    throw new NotFound(`there is no policy "${name}": ${Object.keys(policies).join(", ")}`);
  }
  return name as PolicyName;
}

function ruleNamed(name: string): PolicyRule {
  if (!Object.hasOwn(policyRules, name)) {
    throw new InvalidArgument(`there is no rule "${name}": ${Object.keys(policyRules).join(", ")}`);
  }
  return policyRules[name as RuleName];
}

const anyName = { fits: (text: string) => /^[\w.*-]+$/.test(text), like: "names" };

function checkValue(name: string, value: unknown): void {
  const { kind, values, entry = anyName, all } = ruleNamed(name);
  if (kind === "switch" && typeof value !== "boolean") {
    throw new InvalidArgument(`the rule ${name} is on or off: true or false`);
  }
  if (kind === "choice" && values?.includes(value as string) !== true) {
    throw new InvalidArgument(`the rule ${name} is one of ${values?.join(", ")}`);
  }
  if (kind === "limit" && value !== "none") {
    const why = whyNoLimit(name as LimitName, typeof value === "number" ? value : Number.NaN);
    if (why !== undefined) throw new InvalidArgument(`the limit ${name} ${why}, or "none"`);
  }
  if (kind !== "list" || (all === true && value === "all")) {
    return;
  }
  if (!Array.isArray(value) || value.some((word) => typeof word !== "string" || !entry.fits(word))) {
    throw new InvalidArgument(`the rule ${name} is a list of ${entry.like}${all === true ? ', or "all"' : ""}`);
  }
  const unknown = (value as string[]).find((word) => values?.includes(word) === false);
  if (unknown !== undefined) {
    throw new InvalidArgument(`the rule ${name} may hold ${values?.join(", ")}: not ${unknown}`);
  }
}
