import type { HealthConfig } from "../../oci/types.ts";
import type { CopyInstruction, HealthcheckInstruction, Instruction } from "../dockerfile/ast.ts";
import { formatDuration } from "../dockerfile/duration.ts";
import { healthConfig } from "../dockerfile/healthcheck.ts";
import { quoted, quotedRune } from "../lower/quoted.ts";

/** Stands for the digest of what a COPY or ADD brought, which is known when it has run. */
export const contentMark = "\u0000";

export interface StepHistory {
  /** what `docker history` shows */
  createdBy: string;
  /** in the image's configuration (ContainerConfig.Cmd) */
  command: string[];
  /** of RUN: what its container ran, without the arguments of the build */
  ran?: string[];
}

/**
 * An instruction in the classic builder's words (moby builder/dockerfile, dispatchers.go): `/bin/sh -c #(nop)  ENV a=b`.
 * @param noted what the stage has noted of it: `ENV a=b`, `RUN |1 V=1 /bin/sh -c make # buildkit`
 */
export function stepHistory(
  instruction: Instruction,
  state: {
    shell: readonly string[];
    workdir: string;
    args: ReadonlyMap<string, string | undefined>;
    /** of RUN */
    command: readonly string[];
    /** it has arguments of the build that do not show: `|0` */
    proxied: boolean;
    environment(): ReadonlyMap<string, string>;
  },
  noted: string,
): StepHistory {
  if (instruction.kind === "run") {
    const command = [...argumentsOf(state), ...state.command];
    return { createdBy: command.join(" "), command, ran: [...state.command] };
  }
  const text = wordsOf(instruction, noted);
  const comment = instruction.kind === "copy" || instruction.kind === "add" || instruction.kind === "workdir";
  const command = comment ? [...state.shell, `#(nop) ${text}`] : [...state.shell, "#(nop) ", text];
  return { createdBy: command.join(" "), command };
}

/** `|1`, `NAME=value`: arguments with a value that no ENV hides, sorted. BuildKit shows those without one, too. */
function argumentsOf(state: Parameters<typeof stepHistory>[1]): string[] {
  const hidden = state.environment();
  const shown = [...state.args]
    .flatMap(([name, value]) => (value === undefined || hidden.has(name) ? [] : [`${name}=${value}`]))
    .toSorted();
  return shown.length === 0 && !state.proxied ? [] : [`|${shown.length}`, ...shown];
}

function wordsOf(instruction: Instruction, noted: string): string {
  switch (instruction.kind) {
    case "onbuild":
      return `ONBUILD ${instruction.expression}`;
    case "healthcheck":
      return healthcheck(instruction);
    case "copy":
    case "add":
      return copied(instruction, noted);
    default:
      return noted;
  }
}

function healthcheck(instruction: HealthcheckInstruction): string {
  const { interval, timeout, startPeriod, retries } = instruction;
  const durations = [interval, timeout, startPeriod].map((value) => `"${formatDuration(value)}"`).join(" ");
  const shown = healthConfig(instruction).Test.map(quoted).join(" ");
  return `HEALTHCHECK &{[${shown}] ${durations} ${quotedRune(retries)}}`;
}

/** What the classic builder says when one check takes another's place. */
export function replacedCheck(check: HealthConfig | undefined): string | undefined {
  const test = check?.Test ?? [];
  return test.length === 0 || test[0] === "NONE"
    ? undefined
    : `Note: overriding previous HEALTHCHECK: [${test.join(" ")}]`;
}

function copied({ kind, chown }: CopyInstruction, noted: string): string {
  const words = noted.replace(/ # buildkit$/, "").split(" ");
  const owner = chown === undefined ? "" : `--chown=${chown}`;
  return `${kind.toUpperCase()} ${owner}${contentMark} in ${words.at(-1) ?? "/"} `;
}
