import { hostname } from "node:os";
import { isIP } from "node:net";
import { join } from "node:path";
import type { LimitName } from "../contract/extension-api.ts";
import { whyNoLimit } from "../contract/least-limits.ts";

/** What `web` is told by its environment. Times in ms. */
export interface PlaygroundConfig {
  host: string;
  port: number;
  /** holds the database and the secret; readable by `web` alone */
  dataDir: string;
  /** `postgresql://…`; undefined: a SQLite file in `dataDir` */
  databaseUrl: string | undefined;
  /** where several webs have in common what is in no database; undefined: this web is alone */
  redisUrl: string | undefined;
  /** the engine's socket for tenants */
  engineSocket: string;
  /** `https://play.example.org` when a proxy in front ends TLS; undefined: as the browser's Host says */
  publicUrl: URL | undefined;
  /** `preview.example.org`: previews are `<port>-<container>.preview.example.org`; a domain of its own site */
  previewDomain: string | undefined;
  /** ports of previews for pages that are visited by an address or a name without names beneath it */
  previewPorts: readonly number[];
  /** Host names that the page answers to beside localhost and addresses: a defence against DNS rebinding */
  allowedHosts: ReadonlySet<string>;
  policy: "open" | "class" | "public";
  limits: { memory: number; cpus: number; pids: number; disk: number; containers: number };
  /** a workspace idle for longer has its containers stopped */
  stopAfter: number;
  /** a workspace idle for longer is deleted */
  timeToLive: number;
  /** what was in a deleted workspace is kept for so long: its owner can have it live again */
  keepFor: number;
  /** workspaces that may be live at the same time; 0: as many as come. Who comes when all places are taken waits */
  liveWorkspaces: number;
  /** new workspaces that one address may make in an hour */
  workspacesPerHour: number;
  /** connections that one address may have at once (`AddressLimits`); 0: as many as come */
  connectionsPerAddress: number;
  /** where Prometheus may ask for metrics; undefined: nowhere */
  metrics: { host: string; port: number } | undefined;
  /** sites whose pages may frame a snippet, as Content-Security-Policy has them (`https://docs.example.org`, `*`) */
  embedSites: readonly string[];
  dev: boolean;
}

const hour = 3_600_000;

/** Reads the DRYDOCK_* variables; throws with the variable's name when one makes no sense. */
export function readConfig(env: NodeJS.ProcessEnv, argv: readonly string[] = []): PlaygroundConfig {
  const dataDir = env["DRYDOCK_WEB_DATA"] ?? "/var/lib/drydock/web";
  const publicUrl = addressOfPage(env["DRYDOCK_PUBLIC_URL"] ?? "");
  const allowed = (env["DRYDOCK_ALLOWED_HOSTS"] ?? "").split(",").map((name) => name.trim().toLowerCase());
  const host = env["DRYDOCK_HOST"] ?? "127.0.0.1";
  const port = number(env, "DRYDOCK_PORT", 8080);
  const previewDomain = env["DRYDOCK_PREVIEW_DOMAIN"]?.toLowerCase() || undefined;
  const databaseUrl = urlOf("DRYDOCK_DATABASE_URL", env["DRYDOCK_DATABASE_URL"] ?? "", ["postgresql:", "postgres:"]);
  const redisUrl = urlOf("DRYDOCK_REDIS_URL", env["DRYDOCK_REDIS_URL"] ?? "", ["redis:", "rediss:", "unix:"]);
  if (redisUrl !== undefined && databaseUrl === undefined) {
    throw new Error("DRYDOCK_REDIS_URL is for several webs, which need one PostgreSQL: give DRYDOCK_DATABASE_URL too.");
  }
  // Where only localhost reaches us, or the operator gave a domain, names beneath it serve.
  const needsPorts = !isLoopback(host) && publicUrl === undefined && previewDomain === undefined;
  return {
    host,
    port,
    dataDir,
    databaseUrl,
    redisUrl,
    engineSocket: env["DRYDOCK_WEB_SOCKET"] ?? "/run/drydock/web.sock",
    publicUrl,
    previewDomain,
    previewPorts: portRange(
      "DRYDOCK_PREVIEW_PORTS",
      env["DRYDOCK_PREVIEW_PORTS"] || (needsPorts ? `${port + 1}-${port + 8}` : "none"),
    ),
    allowedHosts: new Set(
      [...allowed, hostname().toLowerCase(), publicUrl?.hostname ?? ""].filter((name) => name !== ""),
    ),
    policy: policy(env["DRYDOCK_POLICY"] ?? "public"),
    limits: {
      memory: limit(env, "DRYDOCK_TENANT_MEMORY", "memory", 2 * 1024 ** 3),
      cpus: limit(env, "DRYDOCK_TENANT_CPUS", "cpus", 2),
      pids: limit(env, "DRYDOCK_TENANT_PIDS", "pids", 512),
      disk: limit(env, "DRYDOCK_TENANT_DISK", "disk", 8 * 1024 ** 3),
      // The workstation is one.
      containers: atLeast(env, "DRYDOCK_TENANT_CONTAINERS", 1, 20),
    },
    stopAfter: limit(env, "DRYDOCK_STOP_AFTER_HOURS", "idleHours", 4) * hour,
    timeToLive: limit(env, "DRYDOCK_WORKSPACE_HOURS", "idleHours", 24) * hour,
    keepFor: number(env, "DRYDOCK_KEEP_DAYS", 30) * 24 * hour,
    liveWorkspaces: number(env, "DRYDOCK_LIVE_WORKSPACES", 0),
    workspacesPerHour: number(env, "DRYDOCK_WORKSPACES_PER_HOUR", 60),
    connectionsPerAddress: number(env, "DRYDOCK_CONNECTIONS_PER_ADDRESS", 1000),
    metrics: metricsAddress(env["DRYDOCK_WEB_METRICS"] ?? ""),
    embedSites: embedSites(env["DRYDOCK_EMBED_SITES"] ?? ""),
    dev: argv.includes("--dev"),
  };
}

export function databaseUrl(config: Pick<PlaygroundConfig, "dataDir" | "databaseUrl">): string {
  return config.databaseUrl ?? `file:${join(config.dataDir, "playground.db")}`;
}

function addressOfPage(text: string): URL | undefined {
  if (text === "") return undefined;
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new Error(`DRYDOCK_PUBLIC_URL must be the page's address, as https://play.example.org, not "${text}".`);
}

/** What it is is not told: there may be a password in it. */
function urlOf(name: string, text: string, schemes: readonly string[]): string | undefined {
  if (text === "" || schemes.some((scheme) => text.startsWith(`${scheme}//`))) return text || undefined;
  throw new Error(`${name} must begin with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}.`);
}

function number(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number, not "${text}".`);
  return value;
}

function limit(env: NodeJS.ProcessEnv, name: string, of: LimitName, fallback: number): number {
  const value = number(env, name, fallback);
  const why = whyNoLimit(of, value);
  if (why !== undefined) throw new Error(`${name}=${env[name]}: it ${why}.`);
  return value;
}

function atLeast(env: NodeJS.ProcessEnv, name: string, least: number, fallback: number): number {
  const value = number(env, name, fallback);
  if (value < least) throw new Error(`${name}=${env[name]}: it is a number of ${least} or more.`);
  return value;
}

/** `127.0.0.1:9324` */
function metricsAddress(text: string): PlaygroundConfig["metrics"] {
  if (text === "") return undefined;
  const [, host = "", port = ""] = /^\[?([0-9a-zA-Z.:-]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535) {
    throw new Error(`DRYDOCK_WEB_METRICS must be address:port, as 127.0.0.1:9324, not "${text}".`);
  }
  return { host, port: Number(port) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** `8081-8088` or `none`; 64 at most. */
function portRange(name: string, text: string): number[] {
  if (text === "none") return [];
  const [first = NaN, last = first] = text.split("-").map(Number);
  const isRange = Number.isInteger(first) && Number.isInteger(last) && first > 0 && last < 65_536 && first <= last;
  if (!isRange || last - first >= 64) {
    throw new Error(`${name} must be a range of at most 64 ports, as 8081-8088, or none, not "${text}".`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Blanks between them. CSP 3, frame-ancestors: origins, `*` for any. */
function embedSites(text: string): string[] {
  const sites = text.split(/\s+/).filter((site) => site !== "");
  const wrong = sites.find((site) => site !== "*" && !/^https?:\/\/(\*\.)?[A-Za-z0-9.-]+(:\d{1,5}|:\*)?$/.test(site));
  if (wrong === undefined) return sites;
  throw new Error(`DRYDOCK_EMBED_SITES must be sites such as https://docs.example.org, or *, not "${wrong}".`);
}

function policy(text: string): PlaygroundConfig["policy"] {
  if (text === "open" || text === "class" || text === "public") return text;
  throw new Error(`DRYDOCK_POLICY must be open, class or public, not "${text}".`);
}
