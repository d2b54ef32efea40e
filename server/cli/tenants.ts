import type { LimitUsage, TenantLimits, TenantSummary, UsageSample } from "../contract/extension-api.ts";
import { readArguments, usageError, verbOf } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { askEngine, RefusedByEngine } from "./engine-client.ts";
import { PageDatabase } from "./page-database.ts";
import { printable } from "./printable.ts";
import { readSettings, type Settings } from "./settings.ts";
import { beyondMachine, defaultLimits, formatLimit, limitFlags, machineLimits, parseLimit } from "./tenant-limits.ts";

/** Hours of use that `show` tells, of the week that is kept. */
const shownHours = 24;

const verbs: Record<string, (settings: Settings, args: string[]) => Promise<void>> = {
  list,
  create,
  show,
  limits: changeLimits,
  stop: async (settings, args) => {
    const id = readId(args);
    await askEngine(settings, "POST", `${tenantPath(id)}/stop`);
    say(`the containers of ${id} are stopped`);
  },
  remove: async (settings, args) => {
    const id = readId(args);
    await askEngine(settings, "DELETE", tenantPath(id));
    say(`${id} is removed`);
  },
};

/** `./drydock tenants …`: the operator's view of learners. */
export async function run(args: string[]): Promise<number> {
  const [verb = "list", ...rest] = args;
  await verbOf("tenants", verbs, verb)(readSettings(), rest);
  return 0;
}

async function list(settings: Settings, args: string[]): Promise<void> {
  const onlyUnused = readArguments("tenants", args, { unused: { type: "boolean" } }).values.unused === true;
  const tenants = (await askEngine(settings, "GET", "/drydock/v1/tenants")) as TenantSummary[];
  await using database = await PageDatabase.open(settings);
  const workspaces = new Map((await database.workspaces()).map((workspace) => [workspace.id, workspace]));
  const rows = [["TENANT", "POLICY", "HAS", "ACTIVE", "SOCKET", "NAME"]];
  for (const tenant of tenants) {
    const has = await possessions(settings, tenant);
    if (onlyUnused && has !== unused) continue;
    const { id, policy, socket } = tenant;
    const { name = "", lastActiveAt } = workspaces.get(id) ?? {};
    // Of the page's workspaces alone it is kept.
    const active = lastActiveAt?.toISOString().slice(0, 16).replace("T", " ") ?? "-";
    rows.push([id, policy, has, active, socket, printable(name)]);
  }
  sayTable(rows);
}

const unused = "unused";
/** Its socket takes no more requests now, ours neither: the other tenants are told all the same. */
const tooMuch = "at its limit of requests";

/** What it has made: one that was made beforehand for somebody who has not come yet has nothing. */
async function possessions(settings: Settings, tenant: TenantSummary): Promise<string> {
  const socket = socketOf(settings, tenant);
  const count = async (path: string, noun: string) => {
    const { length } = (await askEngine(settings, "GET", path, undefined, socket)) as unknown[];
    return length === 0 ? [] : [`${length} ${noun}${length === 1 ? "" : "s"}`];
  };
  try {
    const counts = [
      await count("/v1.43/containers/json?all=1", "container"),
      await count("/v1.43/images/json", "image"),
    ];
    return counts.flat().join(", ") || unused;
  } catch (error) {
    if (error instanceof RefusedByEngine && error.status === 429) return tooMuch;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return "is being removed"; // its socket goes first
  }
}

const policies = ["class", "public", "open"];

async function create(settings: Settings, args: string[]): Promise<void> {
  const more = { policy: { type: "string" }, group: { type: "string" } } as const;
  const { values, positionals } = readArguments("tenants", args, { ...limitOptions, ...more }, 1);
  const [id] = positionals;
  const known = (await askEngine(settings, "GET", "/drydock/v1/tenants")) as TenantSummary[];
  if (known.some((tenant) => tenant.id === id)) throw new CommandError(`there is a tenant ${id} already`);
  const policy = values["policy"] ?? "class";
  if (!policies.includes(policy)) throw new CommandError(`there is no policy "${policy}": ${policies.join(", ")}`);
  const tenant = (await askEngine(settings, "POST", "/drydock/v1/tenants", {
    ...(id === undefined ? {} : { id }),
    policy,
    ...(values["group"] === undefined ? {} : { group: values["group"] }),
    limits: limitsOf(values, defaultLimits),
  })) as TenantSummary;
  warnOfMore(settings, values);
  say(`${tenant.id} is made, with the policy ${tenant.policy}. Its Docker API:\n`);
  say(`  export DOCKER_HOST=unix://${tenant.socket}\n`);
  say(`What it may use: ./drydock tenants show ${tenant.id}`);
}

async function show(settings: Settings, args: string[]): Promise<void> {
  const id = readId(args);
  const tenant = (await askEngine(settings, "GET", tenantPath(id))) as TenantSummary;
  // Answered on the tenant's own socket: the scope is the socket's.
  const used = (await askEngine(
    settings,
    "GET",
    "/drydock/v1/limits",
    undefined,
    socketOf(settings, tenant),
  )) as LimitUsage;
  say(
    `${tenant.id}: policy ${tenant.policy}${tenant.group === undefined ? "" : `, group ${tenant.group}`}, since ${new Date(tenant.createdAt).toISOString()}`,
  );
  say(`DOCKER_HOST=unix://${tenant.socket}\n`);
  const rows = limitFlags.map(({ flag, limit }) => {
    const { used: now, limit: allowed }: { used?: number; limit?: number } = used[limit];
    const told = (value: number | undefined, none: string) => (value === undefined ? none : formatLimit(flag, value));
    return [flag, told(now, ""), told(allowed, "no limit")];
  });
  sayTable([["", "USED", "ALLOWED"], ...rows]);
  const parts = used.diskParts.slice(0, 5).map(({ name, bytes }) => `${name} ${formatLimit("disk", bytes)}`);
  if (parts.length > 0) say(`\nOf the disk: ${parts.join(", ")}`);
  showHistory((await askEngine(settings, "GET", `${tenantPath(id)}/usage`)) as UsageSample[]);
}

/** The most of each hour; of those in which nothing was used, nothing. */
function showHistory(samples: readonly UsageSample[]): void {
  const shown = samples.filter(({ memory, pids }) => memory > 0 || pids > 0).slice(-shownHours);
  if (shown.length === 0) return;
  const rows = shown.map(({ from, memory, disk, pids, containers }) => {
    const hour = new Date(from).toISOString().slice(0, 16).replace("T", " ");
    return [hour, formatLimit("memory", memory), formatLimit("disk", disk), String(pids), String(containers)];
  });
  say("");
  sayTable([["HOUR", "MEMORY", "DISK", "PIDS", "CONTAINERS"], ...rows]);
}

async function changeLimits(settings: Settings, args: string[]): Promise<void> {
  const { id, values } = read(args);
  const { limits } = (await askEngine(settings, "GET", tenantPath(id))) as TenantSummary;
  if (Object.keys(values).length > 0) {
    await askEngine(settings, "PUT", `${tenantPath(id)}/limits`, limitsOf(values, limits));
    warnOfMore(settings, values);
  }
  await show(settings, [id]);
}

const limitOptions = Object.fromEntries(limitFlags.map(({ flag }) => [flag, { type: "string" as const }]));

type Values = Record<string, string | boolean | undefined>;

/** `before` with what the flags say. @throws CommandError */
function limitsOf(values: Values, before: TenantLimits): TenantLimits {
  const limits = { ...before };
  for (const { flag, limit } of limitFlags) {
    const text = values[flag];
    if (typeof text !== "string") continue;
    const value = parseLimit(flag, text);
    if (value === undefined) delete limits[limit];
    else limits[limit] = value;
  }
  return limits;
}

/** It may be meant for a larger machine, to which the data goes one day: it is taken, but not in silence. */
function warnOfMore(settings: Settings, values: Values): void {
  for (const line of beyondMachine(limitsOf(values, {}), machineLimits(settings.data))) {
    process.stderr.write(`! ${line}\n`);
  }
}

/** One tenant's id and the limits' flags. @throws CommandError */
function read(args: string[]): { id: string; values: Values } {
  const { values, positionals } = readArguments("tenants", args, limitOptions, 1);
  return { id: named(positionals), values };
}

/** One tenant's id and nothing else. @throws CommandError */
function readId(args: string[]): string {
  return named(readArguments("tenants", args, {}, 1).positionals);
}

function named([id]: string[]): string {
  if (id === undefined) throw usageError("tenants", "which tenant? ./drydock tenants list names them");
  return id;
}

function tenantPath(id: string): string {
  return `/drydock/v1/tenants/${encodeURIComponent(id)}`;
}

function socketOf(settings: Settings, tenant: TenantSummary): string {
  return tenant.id === "operator" ? `${settings.run}/drydock.sock` : tenant.socket;
}

/** Columns as wide as what is in them. */
function sayTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    say(cells.join("  ").trimEnd());
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
