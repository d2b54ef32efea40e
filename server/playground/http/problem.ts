/** An error with an HTTP status: what a route answers with. `message` is for the learner. */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Problem";
    this.status = status;
  }
}

/** The engine does not answer: restarting, or stopped. The request may be tried again. */
export class EngineAway extends Problem {
  constructor(cause: unknown) {
    super(503, "The engine is not answering. It may be restarting: the page goes on as soon as it is back.", { cause });
    this.name = "EngineAway";
  }
}
