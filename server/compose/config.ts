import { join } from "node:path";
import { parseArgs } from "node:util";
import { InvalidArgument } from "../engine/errdefs/errors.ts";
import { readDaemonJson, readForClearing } from "./daemon-json/read.ts";
import type { DaemonJson } from "./daemon-json/schema.ts";
import { defaultConfigFile } from "./daemon-json/default-file.ts";
import { type KernelNames, kernelNames, whyNoName } from "./kernel-names.ts";

/** Where `drydockd` keeps things and what it calls its kernel objects. */
export interface Config extends KernelNames {
  /** `/var/lib/drydock`: all that outlives a reboot (DRYDOCK_DATA, --data) */
  data: string;
  /** `/run/drydock`: sockets, mounts, the supervisor (DRYDOCK_RUN, --run) */
  run: string;
  /** first host id given to tenants (DRYDOCK_ID_BASE) */
  idBase: number | undefined;
  /** bytes of the machine's memory that are kept from what no limit counts (DRYDOCK_MEMORY_RESERVE) */
  memoryReserve: number | undefined;
  /** make the first base images at start (DRYDOCK_PREPARE=0 to leave it) */
  prepareImages: boolean;
  /** `serve`; `clear`: stop all containers and take every kernel object away, then end */
  mode: "serve" | "clear" | "validate";
  /** settings in the terms of Docker's daemon.json (DRYDOCK_CONFIG, --config-file; else /etc/drydock/daemon.json) */
  file: { path: string; required: boolean };
  daemon: DaemonJson;
}

const usage =
  "drydockd takes --data DIRECTORY, --run DIRECTORY, --name NAME, --config-file FILE, --validate and --clear";

/** @throws InvalidArgument */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = readFlags(args);
  const named = flags["config-file"] ?? env["DRYDOCK_CONFIG"];
  const file = { path: named ?? defaultConfigFile, required: named !== undefined };
  const daemon = flags.clear === true ? readForClearing(file.path) : readDaemonJson(file.path, file.required);
  const data = absolute("data", flags.data ?? env["DRYDOCK_DATA"] ?? daemon["data-root"] ?? "/var/lib/drydock");
  const run = absolute("run", flags.run ?? env["DRYDOCK_RUN"] ?? "/run/drydock");
  const name = flags.name ?? env["DRYDOCK_NAME"] ?? "";
  const whyNot = whyNoName(name);
  if (whyNot !== undefined) throw new InvalidArgument(whyNot);
  // 107 bytes is what a UNIX socket's path may have; the longest is a tenant's.
  const longest = join(run, "tenants", "x".repeat(40), "docker.sock");
  if (Buffer.byteLength(longest) > 107) {
    throw new InvalidArgument(`the run directory ${run} is too long: sockets in it could not be made`);
  }
  return {
    data,
    run,
    // DRYDOCK_NAME, --name
    ...kernelNames(name),
    idBase: wholeNumber("DRYDOCK_ID_BASE", env["DRYDOCK_ID_BASE"]),
    memoryReserve: wholeNumber("DRYDOCK_MEMORY_RESERVE", env["DRYDOCK_MEMORY_RESERVE"]),
    prepareImages: env["DRYDOCK_PREPARE"] !== "0",
    mode: flags.clear === true ? "clear" : flags.validate === true ? "validate" : "serve",
    file,
    daemon,
  };
}

interface Flags {
  data?: string;
  run?: string;
  name?: string;
  "config-file"?: string;
  validate?: boolean;
  clear?: boolean;
}

function readFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        run: { type: "string" },
        name: { type: "string" },
        "config-file": { type: "string" },
        validate: { type: "boolean" },
        clear: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new InvalidArgument(`${(error as Error).message}\n${usage}`, { cause: error });
  }
}

function absolute(what: string, path: string): string {
  if (!path.startsWith("/")) {
    throw new InvalidArgument(`the ${what} directory "${path}" is not an absolute path`);
  }
  return path.replace(/\/+$/, "") || "/";
}

function wholeNumber(what: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgument(`${what} is "${text}": expected a whole number`);
  }
  return Number(text);
}
