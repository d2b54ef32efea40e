import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CommandError } from "./command-error.ts";

/** Where this installation keeps things and where it listens. Written by `up`, read by every other command. */
export interface Settings {
  /** absolute path of the checkout */
  checkout: string;
  /** images, containers, volumes (DRYDOCK_DATA) */
  data: string;
  /** sockets, mounts, process ids (DRYDOCK_RUN) */
  run: string;
  /** the playground's database and secret (DRYDOCK_WEB_DATA) */
  webData: string;
  /** where the page listens (DRYDOCK_HOST, DRYDOCK_PORT) */
  host: string;
  port: number;
  /** the unprivileged user that `web` runs as */
  user: string;
}

const defaults = {
  data: "/var/lib/drydock",
  run: "/run/drydock",
  webData: "/var/lib/drydock-web",
  host: "127.0.0.1",
  port: 8080,
  user: "drydock",
};

export function checkoutDirectory(): string {
  return process.env["DRYDOCK_CHECKOUT"] ?? join(import.meta.dirname, "../..");
}

function settingsFile(): string {
  return join(checkoutDirectory(), ".drydock/settings.json");
}

/** What `up` last used, else defaults; environment variables win. */
export function readSettings(): Settings {
  const saved = existsSync(settingsFile())
    ? (JSON.parse(readFileSync(settingsFile(), "utf8")) as Partial<Settings>)
    : {};
  const { env } = process;
  return {
    ...defaults,
    ...saved,
    ...(env["DRYDOCK_DATA"] === undefined ? {} : { data: env["DRYDOCK_DATA"] }),
    ...(env["DRYDOCK_RUN"] === undefined ? {} : { run: env["DRYDOCK_RUN"] }),
    ...(env["DRYDOCK_WEB_DATA"] === undefined ? {} : { webData: env["DRYDOCK_WEB_DATA"] }),
    ...(env["DRYDOCK_HOST"] === undefined ? {} : { host: env["DRYDOCK_HOST"] }),
    ...(env["DRYDOCK_PORT"] === undefined ? {} : { port: parsePort(env["DRYDOCK_PORT"]) }),
    checkout: checkoutDirectory(),
  };
}

/** Settings with `up`'s flags applied and remembered. @throws CommandError on an unknown flag or a bad port */
export function settingsFromArgs(args: string[]): { settings: Settings; install: boolean } {
  let values: { port?: string; host?: string; data?: string; install?: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        port: { type: "string" },
        host: { type: "string" },
        data: { type: "string" },
        install: { type: "boolean" },
      },
    }));
  } catch (error) {
    throw new CommandError(
      `${(error as Error).message}\nup takes --port N, --host ADDRESS, --data DIRECTORY and --install`,
    );
  }
  const settings = readSettings();
  if (values.port !== undefined) settings.port = parsePort(values.port);
  if (values.host !== undefined) settings.host = values.host;
  if (values.data !== undefined) settings.data = values.data;
  return { settings, install: values.install === true };
}

export function saveSettings(settings: Settings): void {
  const { data, run, webData, host, port, user } = settings;
  writeFileSync(settingsFile(), `${JSON.stringify({ data, run, webData, host, port, user }, undefined, 2)}\n`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CommandError(`"${text}" is no port: give a number from 1 to 65535, for instance --port 8080`);
  }
  return port;
}

/** The environment that `drydockd` and `web` read their settings from. */
export function processEnvironment(settings: Settings): Record<string, string> {
  return {
    DRYDOCK_CHECKOUT: settings.checkout,
    DRYDOCK_DATA: settings.data,
    DRYDOCK_RUN: settings.run,
    DRYDOCK_WEB_DATA: settings.webData,
    DRYDOCK_HOST: settings.host,
    DRYDOCK_PORT: String(settings.port),
  };
}
