import { type ErrorOptions, NotFound } from "../../errdefs/errors.ts";
import type { HelpfulError } from "./run-failed.ts";

/** Names that are told at most. */
const most = 12;

/** A source of COPY or ADD that is not there. */
export class SourceMissing extends NotFound implements HelpfulError {
  readonly hint: string | undefined;

  /** @param names what there is in its directory, if that helps; directories with a final `/` */
  constructor(message: string, names: readonly string[], options: ErrorOptions) {
    super(message, options);
    const told = names.slice(0, most).map((name) => (/[\s\p{C}",]/u.test(name) ? JSON.stringify(name) : name));
    const more = names.length > most ? ` and ${names.length - most} more` : "";
    const verb = names.length === 1 ? "is only" : "are";
    this.hint = told.length === 0 ? undefined : `there ${verb} ${told.join(", ")}${more}`;
  }
}
