import { isEngineError } from "../../errdefs/errors.ts";
import type { RuntimeName } from "../task.ts";
import type { RuntimeDriver } from "./driver.ts";
import { isAtLeast } from "./version.ts";

/**
 * The first crun that is right in all that is used here. Ubuntu 22.04's 0.17 joins no `cpu` and `cpuacct` groups where
 * these are mounted apart, so that limits of CPU do not hold, and does not say which working directory is missing.
 */
export const matureCrun: readonly [number, number] = [1, 0];

/** What containers and build steps run with unless somebody says so: crun; runc where crun is missing or too old. */
export async function preferredRuntime(
  drivers: ReadonlyMap<RuntimeName, Pick<RuntimeDriver, "version">>,
): Promise<RuntimeName> {
  const crun = await versionOf(drivers.get("crun"));
  if (crun !== undefined && isAtLeast(crun, matureCrun)) return "crun";
  return (await versionOf(drivers.get("runc"))) === undefined ? "crun" : "runc";
}

async function versionOf(driver: Pick<RuntimeDriver, "version"> | undefined): Promise<string | undefined> {
  try {
    return await driver?.version();
  } catch (error) {
    if (isEngineError(error, "failed_precondition")) return undefined; // not installed
    throw error;
  }
}
