import type { NewBuildEvent } from "../contract/build-events.ts";
import type { BuildRequest } from "../engine/builder/builder.ts";
import type { Log } from "./log.ts";

/**
 * A request whose build tells the operator of its beginning and its end, one line each. Nothing of what is built is in
 * them but names: commands, arguments and output may hold secrets.
 */
export function loggedBuild(tenant: string, log: Log): (request: BuildRequest) => BuildRequest {
  return (request) => {
    const name = `build ${request.id} of ${tenant}`;
    return {
      ...request,
      onEvent: (event) => {
        const line = lineOf(event, request.tags);
        if (line !== undefined) log(`${name} ${line}`);
        request.onEvent(event);
      },
    };
  };
}

function lineOf(event: NewBuildEvent, tags: readonly string[]): string | undefined {
  switch (event.type) {
    case "started":
      return `begins${tags.length === 0 ? "" : `: ${tags.join(", ")}`}`;
    case "completed":
      return `completed in ${event.durationMs} ms`;
    case "failed": {
      const line = event.error.range?.startLine;
      const code = event.error.exitCode;
      const where = line === undefined ? "" : ` at line ${line}`;
      return `failed${where}${code === undefined ? "" : ` with exit code ${code}`} after ${event.durationMs} ms`;
    }
    case "cancelled":
      return `was cancelled after ${event.durationMs} ms`;
    default:
      return undefined;
  }
}
