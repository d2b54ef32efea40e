import { CommandError } from "./command-error.ts";
import { operatorEnvironment, type Settings } from "./settings.ts";

/** One of the page's servers. */
export interface WebProcess {
  /** of its log too */
  name: string;
  port: number;
  /** on top of what all have */
  environment: Record<string, string>;
}

const mostWebs = 16;

/**
 * `DRYDOCK_WEBS=3`: three, on the page's port and the two after it; one without that. Metrics are as many ports on.
 * @throws CommandError when it is no such number, or they would have nothing in common
 */
export function webProcesses(
  settings: Pick<Settings, "port">,
  environment: Record<string, string> = operatorEnvironment(),
): WebProcess[] {
  const count = Number(environment["DRYDOCK_WEBS"] || "1");
  if (!Number.isInteger(count) || count < 1 || count > mostWebs) {
    throw new CommandError(`DRYDOCK_WEBS must be a number from 1 to ${mostWebs}, not "${environment["DRYDOCK_WEBS"]}"`);
  }
  if (count > 1 && !environment["DRYDOCK_REDIS_URL"]) {
    throw new CommandError(
      "several webs (DRYDOCK_WEBS) need DRYDOCK_DATABASE_URL and DRYDOCK_REDIS_URL: docs/operations.md",
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const port = settings.port + index;
    const metrics = /^(.*):(\d+)$/.exec(environment["DRYDOCK_WEB_METRICS"] ?? "");
    return {
      name: index === 0 ? "web" : `web-${index + 1}`,
      port,
      environment: {
        DRYDOCK_PORT: String(port),
        // Their ports would be those of the others.
        ...(count > 1 ? { DRYDOCK_PREVIEW_PORTS: "none" } : {}),
        ...(metrics === null ? {} : { DRYDOCK_WEB_METRICS: `${metrics[1]}:${Number(metrics[2]) + index}` }),
      },
    };
  });
}
