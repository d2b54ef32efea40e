import type { HealthConfig } from "../../oci/types.ts";
import type { HealthcheckInstruction } from "./ast.ts";

/** What HEALTHCHECK puts into an image's configuration; what it does not say is left out. */
export function healthConfig(instruction: HealthcheckInstruction): HealthConfig & { Test: string[] } {
  const { command, interval, timeout, startPeriod, startInterval, retries } = instruction;
  return {
    Test:
      command === undefined
        ? ["NONE"]
        : command.form === "exec"
          ? ["CMD", ...command.args]
          : ["CMD-SHELL", command.line],
    ...(interval === 0 ? {} : { Interval: interval }),
    ...(timeout === 0 ? {} : { Timeout: timeout }),
    ...(startPeriod === 0 ? {} : { StartPeriod: startPeriod }),
    ...(startInterval === 0 ? {} : { StartInterval: startInterval }),
    ...(retries === 0 ? {} : { Retries: retries }),
  };
}
