import { join } from "node:path";
import { InvalidArgument } from "../errdefs/errors.ts";
import { JsonFileLog, defaultJsonFileOptions } from "./json-file.ts";
import type { JsonFileOptions } from "./json-file.ts";
import type { ContainerLog } from "./log-driver.ts";
import { NoLog } from "./none.ts";

/** The largest log that `--log-opt` may ask for, bytes of all its files. */
const largestLog = 200 * 1024 * 1024;

/** @throws InvalidArgument for an unknown driver or option; call at create, so that start cannot fail for it */
export function checkLogOptions(driver: string, options: Record<string, string>): JsonFileOptions {
  if (!["", "json-file", "local", "none"].includes(driver)) {
    throw new InvalidArgument(`logger: no log driver named '${driver}' is registered: use json-file, local or none`);
  }
  const known = [
    "max-size",
    "max-file",
    "compress",
    "labels",
    "labels-regex",
    "env",
    "env-regex",
    "tag",
    "mode",
    "max-buffer-size",
  ];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new InvalidArgument(`unknown log opt '${name}' for ${driver === "" ? "json-file" : driver} log driver`);
    }
  }
  const maxSize = parseSize(options["max-size"]) ?? defaultJsonFileOptions.maxSize;
  const maxFile = parseCount(options["max-file"]) ?? defaultJsonFileOptions.maxFile;
  return { maxSize: Math.max(4096, Math.min(maxSize, Math.floor(largestLog / maxFile))), maxFile };
}

/** The log of container `id` in its `directory`. */
export function containerLog(
  directory: string,
  id: string,
  driver: string,
  options: Record<string, string>,
): ContainerLog {
  return driver === "none" ? new NoLog() : new JsonFileLog(logPath(directory, id), checkLogOptions(driver, options));
}

/** Docker's name for it, which `inspect` shows as LogPath. */
export function logPath(directory: string, id: string): string {
  return join(directory, `${id}-json.log`);
}

function parseSize(text: string | undefined): number | undefined {
  if (text === undefined || text === "-1") {
    return undefined;
  }
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)b?$/i.exec(text);
  if (match === null) {
    throw new InvalidArgument(`invalid log opt max-size "${text}": a number with k, m or g, such as 10m`);
  }
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? "").toLowerCase()] ?? 1;
  return Math.floor(Number(match[1]) * unit);
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (!/^[1-9]\d{0,2}$/.test(text)) {
    throw new InvalidArgument(`invalid log opt max-file "${text}": a number from 1 to 999`);
  }
  return Number(text);
}
