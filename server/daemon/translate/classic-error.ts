import { BuildError } from "../../engine/builder/build-error.ts";
import { type Mistake, mistakeOf } from "../../engine/builder/mistake.ts";
import { goWords } from "../../engine/diff/untar-error.ts";
import { EngineError, isEngineError, messageOf } from "../../engine/errdefs/errors.ts";
import { tooManyLayers } from "../../engine/oci/validate.ts";
import { UnknownName } from "../../engine/runtime/user.ts";

type Kind = Mistake["kind"];

const suggestion = (meant: string | undefined) => (meant === undefined ? "" : ` (did you mean ${meant}?)`);

/**
 * What dockerd 20.10 says of each mistake in the Dockerfile `name`, where it is not what the builder says; and what was
 * meant, as later ones do.
 */
const words: { readonly [K in Kind]: (mistake: Extract<Mistake, { kind: K }>, name: string) => string } = {
  "dockerfile-missing": ({ name }) => `Cannot locate specified Dockerfile: ${name}`,
  "dockerfile-outside": ({ name }) => `forbidden path outside the build context: ${name} ()`,
  "dockerfile-empty": (_, name) => `the Dockerfile (${name}) cannot be empty`,
  unreadable: ({ text }, name) => `failed to parse ${name}: ${text}`,
  "outside-stages": ({ text }) => text,
  syntax: ({ line, text }) => `dockerfile parse error line ${line}: ${text}`,
  "unknown-instruction": ({ line, keyword, meant }) =>
    `dockerfile parse error line ${line}: unknown instruction: ${keyword.toUpperCase()}${suggestion(meant)}`,
  "unknown-flag": ({ line, flag, meant }) =>
    `dockerfile parse error line ${line}: Unknown flag: ${flag}${suggestion(meant)}`,
  "unknown-target": ({ target }) => `failed to reach build target ${target} in Dockerfile`,
  "image-name": ({ text }) => text,
  signal: ({ signal }) => `Invalid signal: ${signal}`,
  "container-port": ({ port }) => `Invalid containerPort: ${port}`,
  "port-protocol": ({ protocol }) => `Invalid proto: ${protocol}`,
  retries: ({ line, value }) => `dockerfile parse error line ${line}: --retries must be at least 1 (not ${value})`,
  modifier: ({ word, modifier }) =>
    `failed to process ${JSON.stringify(word)}: unsupported modifier (${modifier}) in substitution`,
  "file-missing": ({ keyword, source }) =>
    `${keyword} failed: file not found in build context or excluded by .dockerignore: stat ${source}: file does not exist`,
  "file-outside": ({ keyword, source }) => `${keyword} failed: forbidden path outside the build context: ${source} ()`,
  circle: ({ stage }) => {
    const [, number] = /^stage-(\d+)$/.exec(stage) ?? [];
    return number === undefined
      ? `circular dependency detected on stage: ${stage}`
      : `invalid from flag value ${number}: refers to current build stage`;
  },
  "stage-number": ({ number }) => `invalid from flag value ${number}: index out of bounds`,
  "program-missing": ({ program, hint }) => `${program}: no such file or directory in the image: ${hint}`,
  "too-many-layers": ({ layers }, name) =>
    `${tooManyLayers}, and this would be layer ${layers}: join RUN lines of ${name} with &&, or take a smaller base`,
};

/**
 * What `POST /build` says of a failed build of the Dockerfile `name`.
 * @param kind of the instruction that failed
 * @returns `status` where dockerd's is not the error's own
 */
export function classicError(
  error: unknown,
  name: string,
  kind?: string,
): { message: string; exitCode: number | undefined; status: number | undefined } {
  const exitCode = error instanceof BuildError ? error.exitCode : undefined;
  const mistake = mistakeOf(error);
  if (mistake !== undefined) {
    const message = (words[mistake.kind] as (mistake: Mistake, name: string) => string)(mistake, name);
    return { message, exitCode, status: /^dockerfile-(?:missing|outside)$/.test(mistake.kind) ? 500 : undefined };
  }
  const [flag = ""] = /^invalid from flag value \S+: (?=image )/.exec(messageOf(error)) ?? [];
  const added = kind === "copy" || kind === "add";
  for (let at = error; isEngineError(at); at = at.cause) {
    const archive = goWords.get(at.detail);
    if (archive !== undefined) {
      // ADD's own archives are unpacked elsewhere than the context
      const message = `${added ? "failed to copy files: Error processing tar file(exit status 1): " : ""}${archive}`;
      return { message, exitCode, status: 500 };
    }
    if (at.detail instanceof UnknownName && added) {
      return { message: unknownOwner(at.detail), exitCode, status: undefined };
    }
  }
  return { message: flag + messageOf(pullFailure(error) ?? error), exitCode, status: undefined };
}

/** Of `--chown`; RUN's words for the same are the runtime's. */
function unknownOwner({ kind, name }: UnknownName): string {
  const id = kind === "user" ? "uid" : "gid";
  return `unable to convert uid/gid chown string to host mapping: can't find ${id} for ${kind} ${name}: no such ${kind}: ${name}`;
}

/** Whether dockerd finds this mistake before it begins: no step is told then. */
export function beforeFirstStep(error: unknown): boolean {
  return mistakeOf(error)?.kind === "unknown-target";
}

/** A base image that could not be pulled: what the registry said, without what was wanted of it. */
function pullFailure(error: unknown): EngineError | undefined {
  let failure: EngineError | undefined;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/^image ".*" (?:was not found|is not on this machine)/.test(at.message) && isEngineError(at.cause)) {
      failure = at.cause;
    }
  }
  return failure;
}
