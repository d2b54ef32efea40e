import { inspect } from "node:util";
import type { ProblemReason } from "../../contract/playground-api.ts";

interface ProblemOptions extends ErrorOptions {
  /** tells the page what it can offer */
  reason?: ProblemReason;
}

/** An error with an HTTP status: what a route answers with. `message` is for the learner. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: ProblemReason | undefined;

  constructor(status: number, message: string, options: ProblemOptions = {}) {
    super(message, options);
    this.name = "Problem";
    this.status = status;
    this.reason = options.reason;
  }
}

/** The engine does not answer: restarting, or stopped. The request may be tried again. */
export class EngineAway extends Problem {
  constructor(cause: unknown) {
    super(503, "The engine is not answering. It may be restarting: the page goes on as soon as it is back.", {
      cause,
      reason: "engine-away",
    });
    this.name = "EngineAway";
  }

  /** In a log one line: where it was asked from says nothing of why it does not answer. */
  [inspect.custom](): string {
    return `The engine does not answer: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`;
  }
}
