import { readConfig as readEngineConfig } from "../compose/config.ts";
import { messageOf } from "../engine/errdefs/errors.ts";
import { readConfig as readWebConfig } from "../playground/config.ts";
import { CommandError } from "./command-error.ts";
import type { WebProcess } from "./webs.ts";

/**
 * What `drydockd` and `web` would not start with is told before anything is stopped for it.
 * @param environment of both, without what is each web's own @throws CommandError
 */
export function checkProcessSettings(environment: NodeJS.ProcessEnv, webs: readonly WebProcess[]): void {
  try {
    readEngineConfig([], environment);
    for (const web of webs) readWebConfig({ ...environment, ...web.environment });
  } catch (error) {
    throw new CommandError(`${messageOf(error)}\nNothing was started or stopped.`, { cause: error });
  }
}
