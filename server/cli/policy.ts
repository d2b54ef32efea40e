import type { PolicyRuleValue, PolicySummary } from "../contract/extension-api.ts";
import { readArguments, usageError, verbOf } from "./arguments.ts";
import { didYouMean } from "../contract/suggest.ts";
import { CommandError } from "./command-error.ts";
import { askEngine } from "./engine-client.ts";
import { readSettings, type Settings } from "./settings.ts";
import { flagOf, formatLimit, parseLimit } from "./tenant-limits.ts";

const verbs: Record<string, (settings: Settings, args: string[]) => Promise<void>> = { show, set, reset };

/** `./drydock policy …`: what is refused to learners, as data. */
export async function run(args: string[]): Promise<number> {
  const [verb = "show", ...rest] = readArguments("policy", args, {}, Infinity).positionals;
  await verbOf("policy", verbs, verb)(readSettings(), rest);
  return 0;
}

async function show(settings: Settings, names: string[]): Promise<void> {
  const all = await policies(settings);
  for (const name of names) policyOf(all, name);
  for (const policy of all.filter((each) => names.length === 0 || names.includes(each.name))) print(policy);
  process.stdout.write(aboutLimits);
}

const aboutLimits = `Limits here are for tenants without one of their own, and "none" is only the policy's part: a workspace of the page is made
with its own memory, cpus, pids, disk and containers (DRYDOCK_TENANT_MEMORY, _CPUS, ..., given to up) and idleHours
(DRYDOCK_STOP_AFTER_HOURS). Their defaults: docs/settings.md; what counts for one: sudo ./drydock tenants show ID
`;

async function set(settings: Settings, [name = "", ...assignments]: string[]): Promise<void> {
  if (assignments.length === 0) throw usageError("policy", "policy set NAME RULE=VALUE: which rule?");
  const { rules } = policyOf(await policies(settings), name);
  const changes: Record<string, unknown> = {};
  for (const assignment of assignments) {
    const [, rule = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(assignment) ?? [];
    const known = rules.find((each) => each.name === rule);
    if (known === undefined) {
      const names = rules.map((each) => each.name);
      const all = names.map((each) => `${each}=…`).join(", ");
      throw new CommandError(`"${assignment}" sets no rule${didYouMean(rule, names)}: ${all}`);
    }
    if (value === undefined) throw usageError("policy", `policy set ${name} ${rule}=VALUE: which value?`);
    changes[rule] = valueOf(known, value);
  }
  const after = (await askEngine(settings, "PUT", `/drydock/v1/policies/${name}`, changes)) as PolicySummary;
  printSome(after, Object.keys(changes));
}

async function reset(settings: Settings, [name, ...rules]: string[]): Promise<void> {
  if (name === undefined) throw usageError("policy", "policy reset NAME: which policy?");
  const before = policyOf(await policies(settings), name).rules.filter(({ changed }) => changed);
  const query = new URLSearchParams(rules.map((rule) => ["rule", rule])).toString();
  const path = `/drydock/v1/policies/${name}${query === "" ? "" : `?${query}`}`;
  const after = (await askEngine(settings, "DELETE", path)) as PolicySummary;
  const left = after.rules.filter(({ changed }) => changed).map((rule) => rule.name);
  printSome(
    after,
    before.map((rule) => rule.name).filter((rule) => !left.includes(rule)),
  );
}

async function policies(settings: Settings): Promise<PolicySummary[]> {
  return (await askEngine(settings, "GET", "/drydock/v1/policies")) as PolicySummary[];
}

function policyOf(all: PolicySummary[], name: string): PolicySummary {
  const found = all.find((each) => each.name === name);
  if (found === undefined) {
    throw new CommandError(`there is no policy "${name}": ${all.map((each) => each.name).join(", ")}`);
  }
  return found;
}

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  yes: true,
  true: true,
  off: false,
  no: false,
  false: false,
};

/** What the operator typed, as the engine takes it; whether it is allowed, the engine says. */
function valueOf({ name, kind, value }: PolicyRuleValue, text: string): unknown {
  if (kind === "choice") return text;
  if (kind === "limit") return parseLimit(flagOf(name), text, `${name}=${text}`) ?? "none";
  if (kind === "switch") {
    const state = Object.hasOwn(switches, text) ? switches[text] : undefined;
    if (state === undefined) throw new CommandError(`the rule ${name} is on or off, not "${text}"`);
    return state;
  }
  if (text === "all" || text === "none") return text === "all" ? "all" : [];
  const words = text.split(",").filter((word) => word !== "");
  const relative = words.filter((word) => /^[+-]/.test(word));
  if (relative.length === 0) return words;
  if (relative.length < words.length || !Array.isArray(value)) {
    throw new CommandError(`the rule ${name}: give a whole list (A,B), or only what is added and taken away (+A,-B)`);
  }
  const gone = new Set(relative.filter((word) => word.startsWith("-")).map((word) => word.slice(1)));
  const added = relative.filter((word) => word.startsWith("+")).map((word) => word.slice(1));
  return [...new Set([...value, ...added])].filter((word) => !gone.has(word));
}

/** Only these rules, as they are now, and how to see the others. */
function printSome({ name, rules }: PolicySummary, touched: readonly string[]): void {
  if (touched.length === 0) process.stdout.write("Nothing to reset: this was as it ships.\n");
  else print({ name, rules: rules.filter((rule) => touched.includes(rule.name)) });
  process.stdout.write(`All rules: sudo ./drydock policy show ${name}\n`);
}

function print({ name, rules }: PolicySummary): void {
  process.stdout.write(`${name}\n`);
  for (const { name: rule, value, changed, about } of rules) {
    process.stdout.write(
      `${changed ? "* " : "  "}${rule.padEnd(16)} ${shown(rule, value)}\n${" ".repeat(19)}${about}\n`,
    );
  }
  process.stdout.write("\n");
}

function shown(name: string, value: PolicyRuleValue["value"]): string {
  if (typeof value === "number") return formatLimit(flagOf(name), value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(",");
  return typeof value === "boolean" ? (value ? "on" : "off") : value;
}
