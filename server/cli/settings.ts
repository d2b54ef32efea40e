import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readArguments } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { webDataFor, webDataOf } from "./web-data.ts";

/** Where this installation keeps things and where it listens. Written by `up`, read by every other command. */
export interface Settings {
  /** absolute path of the checkout */
  checkout: string;
  /** all that outlives a reboot: images, containers, volumes, logs, the page's database (DRYDOCK_DATA) */
  data: string;
  /** sockets, mounts, process ids (DRYDOCK_RUN) */
  run: string;
  /** the page's database and secret: `<data>/web` unless the operator said otherwise (DRYDOCK_WEB_DATA) */
  webData: string;
  /** where the page listens (DRYDOCK_HOST, DRYDOCK_PORT) */
  host: string;
  port: number;
  /** the unprivileged user that `web` runs as */
  user: string;
}

/** Set by us for both processes, from `Settings`; all other DRYDOCK_* variables are the operator's. */
const ownVariables = [
  "DRYDOCK_CHECKOUT",
  "DRYDOCK_DATA",
  "DRYDOCK_RUN",
  "DRYDOCK_WEB_DATA",
  "DRYDOCK_WEB_SOCKET",
  "DRYDOCK_HOST",
  "DRYDOCK_PORT",
  "DRYDOCK_SETTINGS",
  "DRYDOCK_LOCK_FD",
];

/** How this machine reaches registries: a service started by systemd would not have it from the caller. */
const machineVariables = /^(https?_proxy|no_proxy|all_proxy|npm_config_registry|NODE_EXTRA_CA_CERTS|PIP_INDEX_URL)$/i;

export const defaultData = "/var/lib/drydock";

const defaults = {
  run: "/run/drydock",
  host: "127.0.0.1",
  port: 8080,
  user: "drydock",
};

export function checkoutDirectory(): string {
  return process.env["DRYDOCK_CHECKOUT"] ?? join(import.meta.dirname, "../..");
}

/** DRYDOCK_SETTINGS names another file, for a second Drydock of one checkout. */
export function settingsFile(): string {
  return process.env["DRYDOCK_SETTINGS"] ?? join(checkoutDirectory(), ".drydock/settings.json");
}

/** Beside the settings and for root alone: proxies may be given with passwords. */
function environmentFile(): string {
  return `${settingsFile().replace(/\.json$/, "")}.env.json`;
}

/** What `up` last used; empty before the first. */
export function savedSettings(): Partial<Settings> {
  return readJson<Settings>(settingsFile());
}

/** What `up` last used, else defaults; environment variables win. */
export function readSettings(): Settings {
  const saved = savedSettings();
  const { env } = process;
  const data = resolve(env["DRYDOCK_DATA"] ?? saved.data ?? defaultData);
  return {
    ...defaults,
    ...saved,
    data,
    webData: webDataOf(data, saved, env["DRYDOCK_WEB_DATA"]),
    ...(env["DRYDOCK_RUN"] === undefined ? {} : { run: env["DRYDOCK_RUN"] }),
    ...(env["DRYDOCK_HOST"] === undefined ? {} : { host: env["DRYDOCK_HOST"] }),
    ...(env["DRYDOCK_PORT"] === undefined ? {} : { port: parsePort(env["DRYDOCK_PORT"]) }),
    checkout: checkoutDirectory(),
  };
}

/** Settings with `up`'s flags applied and remembered. @throws CommandError on an unknown flag or a bad port */
export function settingsFromArgs(args: string[]): { settings: Settings; install: boolean } {
  const { values } = readArguments("up", args, {
    port: { type: "string" },
    host: { type: "string" },
    data: { type: "string" },
    install: { type: "boolean" },
  });
  const settings = readSettings();
  if (values.port !== undefined) settings.port = parsePort(values.port);
  if (values.host !== undefined) settings.host = values.host;
  if (values.data !== undefined) settings.data = resolve(values.data);
  settings.webData = webDataFor(settings.data, savedSettings(), process.env["DRYDOCK_WEB_DATA"]);
  return { settings, install: values.install === true };
}

/** Remembers the settings and the operator's other variables for later commands and for systemd. */
export function saveSettings(settings: Settings): void {
  const { data, run, webData, host, port, user } = settings;
  // What follows the data directory is not written, so that it goes on following it.
  const named = webData === join(data, "web") ? {} : { webData };
  writeJson(settingsFile(), { data, run, ...named, host, port, user }, 0o644);
  writeJson(environmentFile(), operatorEnvironment(), 0o600);
}

/** Whole or not at all: what was there stays when the disk is full. */
function writeJson(file: string, value: object, mode: number): void {
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, text, { mode, flush: true });
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** What `up` was given in its environment, now or earlier, for `drydockd` and `web`. */
export function operatorEnvironment(): Record<string, string> {
  const given = Object.entries(process.env).filter(
    ([name]) => (name.startsWith("DRYDOCK_") && !ownVariables.includes(name)) || machineVariables.test(name),
  );
  // Only root may read it, and only root starts anything.
  const saved = process.getuid?.() === 0 ? readJson<Record<string, string>>(environmentFile()) : {};
  return Object.fromEntries([...Object.entries(saved), ...given].map(([name, value]) => [name, value ?? ""]));
}

/** An empty file counts as none: `up` writes it again. @throws CommandError when it is no JSON */
function readJson<T extends object>(file: string): Partial<T> {
  if (!existsSync(file)) return {};
  const text = readFileSync(file, "utf8");
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new CommandError(
      `${file} is not whole (${(cause as Error).message}): remove it, then run 'sudo ./drydock up' with the flags you gave before, which writes it again`,
    );
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CommandError(`"${text}" is no port: give a number from 1 to 65535, for instance --port 8080`);
  }
  return port;
}

/** The environment that `drydockd` and `web` read their settings from. */
export function processEnvironment(settings: Settings): Record<string, string> & { NODE_ENV: "production" } {
  return {
    ...operatorEnvironment(),
    NODE_ENV: "production",
    DRYDOCK_CHECKOUT: settings.checkout,
    DRYDOCK_DATA: settings.data,
    DRYDOCK_RUN: settings.run,
    DRYDOCK_WEB_DATA: settings.webData,
    DRYDOCK_WEB_SOCKET: join(settings.run, "web.sock"),
    DRYDOCK_HOST: settings.host,
    DRYDOCK_PORT: String(settings.port),
  };
}
