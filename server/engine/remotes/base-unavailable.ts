import { Unavailable } from "../errdefs/errors.ts";

/** An image that no registry gives now and that cannot be made here: why, and what to do, each by itself too. */
export class BaseUnavailable extends Unavailable {
  /** `Docker Hub cannot be reached`: without what a network says of it, which is in the message */
  readonly reason: string;
  /** what there is instead, a sentence a line */
  readonly hint: string;

  constructor(message: string, { reason, hint, cause }: { reason: string; hint: string; cause: Error }) {
    super(message, { cause });
    // A class of its own for what it carries; the error is the one that every client knows.
    this.name = "Unavailable";
    this.reason = reason;
    this.hint = hint;
  }
}
