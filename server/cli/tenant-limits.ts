import { existsSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import type { LimitName, TenantLimits } from "../contract/extension-api.ts";
import { whyNoLimit } from "../contract/least-limits.ts";
import { limitText } from "../contract/size-text.ts";
import { CommandError } from "./command-error.ts";

/** What a new tenant may use where nothing else is said: enough for lessons, not enough to hurt the others. */
export const defaultLimits: TenantLimits = {
  memory: 2 * 2 ** 30,
  cpus: 2,
  pids: 1024,
  disk: 16 * 2 ** 30,
  containers: 50,
  networks: 20,
  volumes: 100,
  concurrentBuilds: 4,
};

type Kind = "bytes" | "number" | "whole";

/** Each limit of a tenant as a flag: `--memory 2g`, `--builds 3`. */
export const limitFlags: readonly { flag: string; limit: LimitName; kind: Kind }[] = [
  { flag: "memory", limit: "memory", kind: "bytes" },
  { flag: "swap", limit: "swap", kind: "bytes" },
  { flag: "cpus", limit: "cpus", kind: "number" },
  { flag: "pids", limit: "pids", kind: "whole" },
  { flag: "open-files", limit: "openFiles", kind: "whole" },
  { flag: "io-weight", limit: "ioWeight", kind: "whole" },
  { flag: "disk", limit: "disk", kind: "bytes" },
  { flag: "inodes", limit: "inodes", kind: "whole" },
  { flag: "containers", limit: "containers", kind: "whole" },
  { flag: "images", limit: "images", kind: "whole" },
  { flag: "networks", limit: "networks", kind: "whole" },
  { flag: "volumes", limit: "volumes", kind: "whole" },
  { flag: "ports", limit: "ports", kind: "whole" },
  { flag: "builds", limit: "concurrentBuilds", kind: "whole" },
  { flag: "execs", limit: "execs", kind: "whole" },
  { flag: "logs", limit: "logs", kind: "bytes" },
  { flag: "bandwidth", limit: "bandwidth", kind: "bytes" },
  { flag: "requests", limit: "requests", kind: "number" },
  { flag: "requests-at-once", limit: "requestsAtOnce", kind: "whole" },
  { flag: "connections", limit: "connections", kind: "whole" },
  { flag: "idle-hours", limit: "idleHours", kind: "number" },
];

/** What the machine has, in the units of the limits; of each that can be told. */
export type MachineLimits = Partial<Record<LimitName, number>>;

/** @param data the directory that learners' images and files are in */
export function machineLimits(data: string): MachineLimits {
  const disk = existsSync(data) ? statfsSync(data) : undefined;
  return {
    cpus: availableParallelism(),
    memory: totalmem(),
    ...(disk === undefined ? {} : { disk: disk.blocks * disk.bsize }),
  };
}

/** What to say of limits that hold nobody back, since the machine has less. */
export function beyondMachine(limits: TenantLimits, machine: MachineLimits): string[] {
  return limitFlags.flatMap(({ flag, limit }) => {
    const [asked = 0, there = Infinity] = [limits[limit], machine[limit]];
    if (asked <= there) return [];
    const { 0: given, 1: had } = [asked, there].map((value) => formatLimit(flag, value));
    return [`--${flag} ${given} is more than this machine has (${had}): it holds nobody back`];
  });
}

/** The flag of a limit by its name. */
export function flagOf(limit: string): string {
  return limitFlags.find((each) => each.limit === limit)?.flag ?? limit;
}

const units: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * A limit as it is typed: bytes with k, m, g or t (powers of 1024, as docker's `--memory`), a number, or `none`.
 * Undefined for `none`. @param typed as it is told that it is wrong. @throws CommandError
 */
export function parseLimit(flag: string, text: string, typed = `--${flag} ${text}`): number | undefined {
  const { kind, limit } = limitFlags.find((each) => each.flag === flag) ?? { kind: "whole", limit: undefined };
  if (text === "none") return undefined;
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([a-z]?)b?$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  const value = Number(digits) * (factor ?? Number.NaN);
  const fits = kind === "bytes" || unit === "";
  if (digits === "" || !fits || !Number.isFinite(value) || (kind === "whole" && !Number.isInteger(value))) {
    const expected = { bytes: "bytes, e.g. 512m or 2g", number: "a number, e.g. 1.5", whole: "a whole number" }[kind];
    throw new CommandError(`${typed}: expected ${expected}, or none`);
  }
  const limited = kind === "bytes" ? Math.floor(value) : value;
  const why = limit === undefined ? undefined : whyNoLimit(limit, limited);
  if (why !== undefined) throw new CommandError(`${typed}: it ${why}, or none`);
  return limited;
}

/** `1.5 GiB`; numbers of things as they are. */
export function formatLimit(flag: string, value: number): string {
  if (limitFlags.find((each) => each.flag === flag)?.kind !== "bytes") return String(Number(value.toFixed(2)));
  return limitText(value);
}
