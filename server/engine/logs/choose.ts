import { join } from "node:path";
import { isEngineError } from "../errdefs/errors.ts";
import { JsonFileLog, defaultJsonFileOptions } from "./json-file.ts";
import type { JsonFileOptions } from "./json-file.ts";
import type { ContainerLog } from "./log-driver.ts";
import { NoLog } from "./none.ts";
import { logSizes } from "./options.ts";

/** The largest log that `--log-opt` may ask for, bytes of all its files. */
const largestLog = 200 * 1024 * 1024;

/** The log of container `id` in its `directory`. Options that are wrong (`logSizes`) keep it from starting. */
export function containerLog(
  directory: string,
  id: string,
  driver: string,
  options: Record<string, string>,
): ContainerLog {
  return driver === "none" ? new NoLog() : new JsonFileLog(logPath(directory, id), jsonFileOptions(driver, options));
}

function jsonFileOptions(driver: string, options: Record<string, string>): JsonFileOptions {
  try {
    const sizes = logSizes(driver, options);
    const maxFile = Math.min(sizes.maxFile ?? defaultJsonFileOptions.maxFile, 999);
    const maxSize = sizes.maxSize ?? defaultJsonFileOptions.maxSize;
    return { maxSize: Math.max(1, Math.min(maxSize, Math.floor(largestLog / maxFile))), maxFile };
  } catch (error) {
    if (isEngineError(error, "invalid_argument")) {
      return defaultJsonFileOptions;
    }
    throw error;
  }
}

/** Docker's name for it, which `inspect` shows as LogPath. */
export function logPath(directory: string, id: string): string {
  return join(directory, `${id}-json.log`);
}
