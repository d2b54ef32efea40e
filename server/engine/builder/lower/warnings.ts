import path from "node:path";
import { NotImplemented } from "../../errdefs/errors.ts";
import type { Image } from "../../images/image-store.ts";
import { formatPlatform, hostPlatform } from "../../oci/platform.ts";
import type { Platform } from "../../oci/types.ts";
import type { IgnoreRules } from "../dockerignore.ts";
import type { CommandInstruction, HealthcheckInstruction, KeyValue } from "../dockerfile/ast.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";

/** Checks that need what is known of a stage while it is lowered; `checks/` has those that need the text alone. */

const secretName = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmlessName = /(?:_|^)(?:public|file|version)(?:_|$)/i;

export function warnOfSecret(keyword: "ARG" | "ENV", name: string, place: Place): void {
  if (secretName.test(name) && !harmlessName.test(name)) {
    place.warn(
      "SecretsUsedInArgOrEnv",
      `Do not use ARG or ENV instructions for sensitive data (${keyword} ${JSON.stringify(name)})`,
    );
  }
}

/** Only the first WORKDIR of a stage can be wrong in this way: those after it are relative to it. */
export function warnOfRelativeWorkdir(written: string, state: StageState, place: Place): void {
  if (!state.workdirSet && !written.startsWith("/")) {
    place.warn(
      "WorkdirRelativePath",
      `Relative workdir ${JSON.stringify(written)} can have unexpected results if the base image changes`,
    );
  }
  state.workdirSet = true;
}

export function warnOfLegacyPairs(pairs: readonly KeyValue[], keyword: string, place: Place): void {
  for (const { legacy, name, value, range } of pairs) {
    if (legacy === true) {
      const text = `${name}=${/^[^\s"'\\$]*$/.test(value) ? value : JSON.stringify(value)}`;
      place.warn(
        "LegacyKeyValueFormat",
        `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`,
        // quotes and escapes would be read in another way between quotes
        /["'\\`]/.test(value) ? undefined : { title: `Write ${keyword} ${text}`, edits: [{ range, text }] },
      );
    }
  }
}

/** The shell form's process gets no signals: a shell stands before it. */
export function warnOfShellForm(instruction: CommandInstruction, state: StageState, place: Place): void {
  const { command } = instruction;
  if (command.form !== "shell" || (state.config.plain.Shell ?? []).length > 0) {
    return;
  }
  const keyword = written(instruction);
  const args = command.line.replace(/^exec\s+/, "").split(/\s+/);
  const simple =
    /^[A-Za-z0-9_./:=@%+,\s-]+$/.test(command.line) &&
    !/^(?:[A-Za-z_]\w*=|(?:cd|export|set|source|\.|eval|ulimit|umask)\s|\s*$)/.test(command.line);
  const text = `${keyword} ${JSON.stringify(args).replaceAll('","', '", "')}`;
  place.warn(
    "JSONArgsRecommended",
    `JSON arguments recommended for ${keyword} to prevent unintended behavior related to OS signals`,
    simple ? { title: `Write ${text}`, edits: [{ range: instruction.range, text }] } : undefined,
  );
}

/** Of CMD, ENTRYPOINT and HEALTHCHECK only the last of a stage counts: the one before it is marked. */
export function warnOfRepetition(
  instruction: CommandInstruction | HealthcheckInstruction,
  state: StageState,
  place: Place,
): void {
  const before = state.lastOf.get(instruction.kind);
  if (before !== undefined) {
    const keyword = written(instruction);
    place
      .within(before.range)
      .warn(
        "MultipleInstructionsDisallowed",
        `Multiple ${keyword} instructions should not be used in the same stage because only the last one will be used`,
        {
          title: "Remove this one",
          edits: [{ range: { ...before.range, endLine: before.range.endLine + 1, endColumn: 1 }, text: "" }],
        },
      );
  }
  state.lastOf.set(instruction.kind, instruction);
}

/** With `!` rules it cannot be told from the path alone what is there. */
export function warnOfIgnored(
  keyword: "COPY" | "ADD",
  source: string,
  ignore: IgnoreRules | undefined,
  place: Place,
): void {
  if (ignore === undefined || ignore.takesBackIn) {
    return;
  }
  const clean = path.posix.normalize(source).replace(/(.)\/+$/, "$1");
  const isRoot = clean === "." || clean === "/";
  if (isRoot ? ignore.ignoresAll : ignore.ignores(clean.replace(/^\/+/, ""))) {
    const what = keyword === "ADD" ? "Add" : "Copy";
    place.warn("CopyIgnoredFile", `Attempting to ${what} file "${clean}" that is excluded by .dockerignore`);
  }
}

/**
 * Warns of a base that is for another platform than was asked for, or than this machine is.
 * @throws BuildError for one that is not for Linux
 */
export function checkBasePlatform(name: string, image: Image, expected: Platform, place: Place): void {
  const { architecture, os } = image.config;
  if (os !== "linux") {
    throw place.locate(new NotImplemented(`image "${name}" is for ${os}: only Linux images can be built on`));
  }
  if (architecture !== expected.architecture) {
    place.warn(
      "InvalidBaseImagePlatform",
      `Base image ${name} was pulled with platform "${os}/${architecture}", expected "${formatPlatform(expected)}" for current build`,
    );
  }
  const host = hostPlatform();
  if (architecture !== host.architecture) {
    place.warn("ForeignPlatform", `image "${name}" is for ${architecture}, and this machine is ${host.architecture}`);
  }
}

/** The keyword as it stands in the file. */
function written(instruction: { text: string }): string {
  return instruction.text.split(" ", 1)[0] ?? "";
}

/**
 * Files for another system can be made here and given out, as with BuildKit; an image of them would be of no use.
 * @throws BuildError in dockerd's words
 */
export function checkScratchPlatform({ os }: Platform, isGivenOut: boolean, place: Place): void {
  if (os === "linux" || isGivenOut) return;
  const hint = `images here are for Linux: what is made for ${os} is given out as files, by "outputs" of POST /drydock/v1/builds`;
  throw place.locate(new NotImplemented("operating system is not supported"), hint);
}
