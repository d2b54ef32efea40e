import { FailedPrecondition, InvalidArgument } from "../../errdefs/errors.ts";

/** Why a step failed, with what to do about it. */
export interface HelpfulError {
  readonly hint: string | undefined;
  /** of a process */
  readonly exitCode?: number;
}

/** A RUN whose program is not in the file system. */
export class ProgramMissing extends InvalidArgument implements HelpfulError {
  readonly hint: string;

  constructor(program: string, isShell: boolean) {
    super(`${program}: no such file or directory in the image`);
    this.hint = isShell
      ? `RUN in its shell form needs a shell, and this image (FROM scratch?) has none: run the command in another stage and COPY --from it, or begin with an image that has a shell`
      : `is the path right, and was the program installed or copied before?`;
  }
}

/** A RUN that ended with another code than 0. */
export class RunFailed extends FailedPrecondition implements HelpfulError {
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(command: readonly string[], outcome: { code: number; oomKilled: boolean; lastOutput: string }) {
    super(`The command '${command.join(" ")}' returned a non-zero code: ${outcome.code}`);
    this.exitCode = outcome.code;
    this.hint = hintFor(outcome);
  }
}

function hintFor(outcome: { code: number; oomKilled: boolean; lastOutput: string }): string | undefined {
  const parts: string[] = [];
  if (outcome.oomKilled) {
    parts.push("It ran out of memory and was killed: it needs less memory, or a higher limit.");
  } else if (outcome.code === 127) {
    parts.push("Exit code 127 means that a command was not found: is it installed in this image, and spelled right?");
  } else if (outcome.code === 126) {
    parts.push("Exit code 126 means that a file was found but could not be executed: is it executable?");
  } else if (outcome.code === 137) {
    parts.push("Exit code 137 means that it was killed (SIGKILL).");
  }
  if (outcome.lastOutput !== "") {
    parts.push(`Its last output:\n${outcome.lastOutput}`);
  }
  return parts.length === 0 ? undefined : parts.join("\n");
}

/** The end of an output: at most some lines and bytes, with no line cut except the first. */
export class OutputTail {
  readonly #maxBytes: number;
  readonly #maxLines: number;
  #tail: Buffer = Buffer.alloc(0);

  constructor(maxLines = 10, maxBytes = 4096) {
    this.#maxLines = maxLines;
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    const joined = Buffer.concat([this.#tail, chunk.subarray(Math.max(0, chunk.length - this.#maxBytes))]);
    this.#tail = joined.subarray(Math.max(0, joined.length - this.#maxBytes));
  }

  toString(): string {
    const lines = this.#tail.toString("utf8").trimEnd().split("\n");
    return lines.slice(-this.#maxLines).join("\n").trimStart();
  }
}
