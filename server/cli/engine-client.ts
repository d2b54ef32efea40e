import { request } from "node:http";
import { join } from "node:path";
import type { EngineStatus } from "../contract/extension-api.ts";
import { quietHeader } from "../contract/request-log.ts";
import { CommandError } from "./command-error.ts";
import type { Settings } from "./settings.ts";

/**
 * One request to `drydockd`, on the operator's socket unless another one is named. Quiet: a tenant's requests are a record
 * of what the learner asked, not of who looked after it. @throws Error when it does not answer
 */
export async function engineRequest(
  settings: Settings,
  method: string,
  path: string,
  body?: unknown,
  socket = join(settings.run, "drydock.sock"),
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: socket,
        method,
        path,
        headers: { [quietHeader]: "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What `drydockd` answered instead of doing it. */
export class RefusedByEngine extends CommandError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The JSON that `drydockd` answers; undefined for none.
 * @throws CommandError with its words when it refuses, or when it does not run
 */
export async function askEngine(
  settings: Settings,
  method: string,
  path: string,
  body?: unknown,
  socket?: string,
): Promise<unknown> {
  if (!(await engineAnswers(settings))) throw new CommandError("drydockd does not run: sudo ./drydock up");
  const { status, text } = await engineRequest(settings, method, path, body, socket);
  const answer = text === "" ? undefined : (JSON.parse(text) as unknown);
  if (status >= 300) {
    throw new RefusedByEngine(status, (answer as { message?: string }).message ?? `drydockd answered ${status}`);
  }
  return answer;
}

/** Whether `drydockd` answers. @throws CommandError when this user may not ask */
export async function engineAnswers(settings: Settings): Promise<boolean> {
  try {
    return (await engineRequest(settings, "GET", "/_ping")).status === 200;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") {
      throw new CommandError("drydockd's socket is root's: run this with sudo");
    }
    return false; // not listening is the answer to this question, not a failure
  }
}

export async function engineStatus(settings: Settings): Promise<EngineStatus> {
  const { status, text } = await engineRequest(settings, "GET", "/drydock/v1/status");
  if (status !== 200) {
    throw new CommandError(`drydockd answered ${status} to a request for its status: ${text}`);
  }
  return JSON.parse(text) as EngineStatus;
}
