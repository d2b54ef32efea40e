import { join } from "node:path";
import { isEngineError } from "../errdefs/errors.ts";
import { JsonFileLog, defaultJsonFileOptions } from "./json-file.ts";
import type { JsonFileOptions } from "./json-file.ts";
import type { ContainerLog } from "./log-driver.ts";
import { NoLog } from "./none.ts";
import { logSizes } from "./options.ts";

/** The log of container `id` in its `directory`, of at most `largest` bytes. Options that are wrong (`logSizes`) keep it from starting. */
export function containerLog(
  directory: string,
  id: string,
  driver: string,
  options: Record<string, string>,
  largest = Infinity,
): ContainerLog {
  if (driver === "none") return new NoLog();
  return new JsonFileLog(logPath(directory, id), jsonFileOptions(driver, options, largest));
}

/** @param largest bytes of all its files, whatever `--log-opt` asks for */
function jsonFileOptions(driver: string, options: Record<string, string>, largest: number): JsonFileOptions {
  try {
    const sizes = logSizes(driver, options);
    const maxFile = Math.min(sizes.maxFile ?? defaultJsonFileOptions.maxFile, 999);
    const maxSize = sizes.maxSize ?? defaultJsonFileOptions.maxSize;
    return { maxSize: Math.max(1, Math.min(maxSize, Math.floor(largest / maxFile))), maxFile };
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
