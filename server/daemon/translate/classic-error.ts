import { BuildError } from "../../engine/builder/build-error.ts";
import { EngineError, isEngineError, messageOf } from "../../engine/errdefs/errors.ts";

/** What the builder says, and what dockerd 20.10 says instead. */
interface Wording {
  said: RegExp;
  /** `$1` as in String.replace, `$NAME` the file */
  words: string | ((...found: string[]) => string);
  /** of the HTTP answer, where dockerd's is not the error's own */
  status?: number;
}

const missing = (keyword: string): Wording => ({
  said: new RegExp(`^${keyword} failed: "(.*)": not found in the build context$`),
  words: `${keyword} failed: file not found in build context or excluded by .dockerignore: stat $1: file does not exist`,
});

/** Each is put to the message that those before it left. */
const wordings: readonly Wording[] = [
  {
    said: /^failed to read dockerfile: (.*): no such file in the build context$/,
    words: "Cannot locate specified Dockerfile: $1",
    status: 500,
  },
  { said: /^not a valid tar archive: it is (?:too|cut) short$/, words: "unexpected EOF", status: 500 },
  { said: /^dockerfile parse error on line \d+: (no build stage in current context)$/, words: "$1" },
  {
    said: /^dockerfile parse error on line \d+: the Dockerfile cannot be empty$/,
    words: "the Dockerfile ($NAME) cannot be empty",
  },
  {
    said: /^dockerfile parse error on line \d+: (file with no instructions|(?:ENV|LABEL) must have two arguments|only one \w+ parser directive can be used|invalid escape token .*)$/s,
    words: "failed to parse $NAME: $1",
  },
  { said: /^dockerfile parse error on line (\d+): /, words: "dockerfile parse error line $1: " },
  {
    said: /(: unknown instruction: )(\S+)(?: \(did you mean .*\?\))?$/,
    words: (_, before = "", keyword = "") => before + keyword.toUpperCase(),
  },
  { said: /: unknown flag: --([^ ]*)(?: \(did you mean .*\?\))?$/, words: ": Unknown flag: $1" },
  {
    said: /^target stage "(.*)" could not be found(?: \(did you mean .*\?\))?$/,
    words: "failed to reach build target $1 in Dockerfile",
  },
  { said: /^invalid signal: /, words: "Invalid signal: " },
  { said: /^failed to parse stage name ".*": (?=invalid reference format)/, words: "" },
  { said: /^invalid containerPort: /, words: "Invalid containerPort: " },
  { said: /: unsupported modifier \(:(.*)\) in substitution$/, words: ": unsupported modifier ($1) in substitution" },
  missing("COPY"),
  missing("ADD"),
  {
    said: /^(COPY|ADD) failed: "(.*)": not found in the build context; a path cannot lead out of .*$/,
    words: "$1 failed: forbidden path outside the build context: $2 ()",
  },
  {
    said: /^circular dependency detected on stage: stage-(\d+)$/,
    words: "invalid from flag value $1: refers to current build stage",
  },
  {
    said: /^(?:cannot copy from stage "(\d+)", it needs .*|invalid from flag value (\d+): there is no stage of that number)$/,
    words: (_, later = "", none = "") => `invalid from flag value ${later || none}: index out of bounds`,
  },
  {
    said: /^ADD failed: (\S+): connect ECONNREFUSED (\S+)$/,
    words: 'ADD failed: Get "$1": dial tcp $2: connect: connection refused',
  },
];

/** Of an archive that ADD unpacks; the context's own is told in other words. */
const brokenArchive: Wording = {
  said: /^unexpected EOF$/,
  words: "failed to copy files: Error processing tar file(exit status 1): unexpected EOF",
};

/** Of `--chown`; RUN's words for the same are the runtime's. */
const unknownOwner: Wording = {
  said: /^unable to find (user|group) (.*): no matching entries in (?:passwd|group) file$/,
  words: (_, kind = "", name = "") => {
    const id = kind === "user" ? "uid" : "gid";
    return `unable to convert uid/gid chown string to host mapping: can't find ${id} for ${kind} ${name}: no such ${kind}: ${name}`;
  },
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
  const [flag = ""] = /^invalid from flag value \S+: (?=image )/.exec(messageOf(error)) ?? [];
  let message = flag + messageOf(pullFailure(error) ?? error);
  let status: number | undefined;
  const added = kind === "copy" || kind === "add";
  for (const wording of [...wordings, ...(added ? [unknownOwner, brokenArchive] : [])]) {
    if (wording.said.test(message)) {
      message = replace(message, wording, name);
      status = wording.status ?? status;
    }
  }
  return { message, exitCode, status };
}

/** Whether dockerd finds this mistake before it begins: no step is told then. */
export function beforeFirstStep(error: unknown): boolean {
  return /^target stage ".*" could not be found/.test(messageOf(error));
}

function replace(message: string, { said, words }: Wording, name: string): string {
  return typeof words === "string"
    ? message.replace(
        said,
        words.replace("$NAME", () => name.replaceAll("$", "$$$$")),
      )
    : message.replace(said, words);
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
