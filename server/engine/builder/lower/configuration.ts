import path from "node:path";
import type {
  CommandInstruction,
  HealthcheckInstruction,
  EnvInstruction,
  KeyValue,
  LabelInstruction,
  ListInstruction,
  OnbuildInstruction,
  WordInstruction,
} from "../dockerfile/ast.ts";
import { formatDuration } from "../dockerfile/duration.ts";
import { mistake } from "../mistake.ts";
import { healthConfig } from "../dockerfile/healthcheck.ts";
import { expandPorts } from "./ports.ts";
import type { Place } from "./place.ts";
import { quoted, quotedRune } from "./quoted.ts";
import { parseSignal } from "./signal.ts";
import type { StageState } from "./stage-state.ts";
import { warnOfLegacyPairs, warnOfRepetition, warnOfSecret, warnOfShellForm } from "./warnings.ts";

type ConfigurationInstruction =
  | EnvInstruction
  | LabelInstruction
  | CommandInstruction
  | ListInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | WordInstruction;

/** Instructions that change only the image's configuration. History lines are BuildKit's. */
export function lowerConfiguration(
  instruction: ConfigurationInstruction,
  state: StageState,
  place: Place,
  { classic }: { classic: boolean },
): void {
  switch (instruction.kind) {
    case "env":
      warnOfLegacyPairs(instruction.pairs, keywordOf(instruction), place);
      setEnvironment(instruction.pairs, state, place);
      return;
    case "label":
      warnOfLegacyPairs(instruction.pairs, keywordOf(instruction), place);
      setLabels(instruction.pairs, state, place);
      return;
    case "cmd":
    case "entrypoint":
      warnOfRepetition(instruction, state, place);
      warnOfShellForm(instruction, state, place);
      setCommand(instruction, state);
      return;
    case "expose":
    case "volume":
    case "shell":
      setList(instruction, state, place);
      return;
    case "healthcheck":
      warnOfRepetition(instruction, state, place);
      setHealthcheck(instruction, state, classic);
      return;
    case "onbuild":
      state.config = state.config.adding("OnBuild", [instruction.expression]);
      return;
    case "user":
      setUser(place.expand(instruction.value, state), state);
      return;
    case "stopsignal":
      setStopSignal(checkedSignal(place.expand(instruction.value, state), place), state);
      return;
    case "maintainer":
      state.author = instruction.value;
      state.note(`MAINTAINER ${instruction.value}`);
  }
}

function keywordOf(instruction: { text: string }): string {
  return instruction.text.split(" ", 1)[0] ?? "";
}

function setUser(user: string, state: StageState): void {
  state.config = state.config.with({ User: user });
  state.note(`USER ${user}`);
}

function setStopSignal(signal: string, state: StageState): void {
  state.config = state.config.with({ StopSignal: signal });
  state.note(`STOPSIGNAL ${signal}`);
}

function checkedSignal(signal: string, place: Place): string {
  if (parseSignal(signal) === undefined) {
    throw place.fail(`invalid signal: ${signal}`, {
      hint: "use a name such as SIGTERM, or a number from 1 to 64",
      ...mistake({ kind: "signal", signal }),
    });
  }
  return signal;
}

/** All values are expanded with what was set before this instruction. */
function expandPairs(pairs: readonly KeyValue[], state: StageState, place: Place): [string, string][] {
  return pairs.map(({ name, value }) => [place.expand(name, state), place.expand(value, state)]);
}

function setEnvironment(pairs: readonly KeyValue[], state: StageState, place: Place): void {
  const expanded = expandPairs(pairs, state, place);
  for (const [name, value] of expanded) {
    warnOfSecret("ENV", name, place);
    state.setEnvironment(name, value);
  }
  state.note(`ENV ${expanded.map(([name, value]) => `${name}=${value}`).join(" ")}`);
}

function setLabels(pairs: readonly KeyValue[], state: StageState, place: Place): void {
  const expanded = expandPairs(pairs, state, place);
  state.config = state.config.adding("Labels", expanded);
  state.note(`LABEL ${expanded.map(([name, value]) => `${name}=${value}`).join(" ")}`);
}

function setCommand(instruction: CommandInstruction, state: StageState): void {
  const { command, kind } = instruction;
  let args: string[] | null;
  if (command.form === "exec") {
    ({ args } = command);
  } else {
    args = [...state.shell, command.line];
  }
  const shown = `[${(args ?? []).map(quoted).join(" ")}]`;
  if (kind === "cmd") {
    state.config = state.config.with({ Cmd: args, ArgsEscaped: true });
    state.commandSet = true;
    state.note(`CMD ${shown}`);
    return;
  }
  // the base's CMD was meant for the base's ENTRYPOINT
  state.config = state.config.with({ Entrypoint: args, ...(state.commandSet ? {} : { Cmd: undefined }) });
  state.note(`ENTRYPOINT ${shown}`);
}

function setList(instruction: ListInstruction, state: StageState, place: Place): void {
  if (instruction.kind === "shell") {
    state.config = state.config.with({ Shell: instruction.values });
    state.note(`SHELL [${instruction.values.join(" ")}]`);
    return;
  }
  if (instruction.kind === "expose") {
    const words = instruction.values.flatMap((value) => place.expandWords(value, state));
    const ports = words.flatMap((word) => expandPorts(word, place));
    if (ports.length > 0) {
      state.config = state.config.adding("ExposedPorts", ports);
    }
    state.note(
      `EXPOSE map[${[...new Set(ports)]
        .toSorted()
        .map((port) => `${port}:{}`)
        .join(" ")}]`,
      `EXPOSE ${words.join(" ")}`,
    );
    return;
  }
  const volumes = instruction.values.map((value) => place.expand(value, state));
  if (volumes.some((volume) => volume === "")) {
    throw place.fail("VOLUME specified can not be an empty string");
  }
  state.config = state.config.adding("Volumes", volumes);
  state.note(`VOLUME [${volumes.join(" ")}]`);
}

/** What it leaves out, a classic build takes from the check before it: its steps are containers of the image so far. */
function setHealthcheck(instruction: HealthcheckInstruction, state: StageState, classic: boolean): void {
  const { interval, timeout, startPeriod, startInterval, retries } = instruction;
  const config = healthConfig(instruction);
  state.config = state.config.with({
    Healthcheck: classic ? { ...state.config.plain.Healthcheck, ...config } : config,
  });
  const shown = config.Test.map(quoted).join(" ");
  const durations = [interval, timeout, startPeriod, startInterval].map((value) => `"${formatDuration(value)}"`);
  state.note(`HEALTHCHECK &{[${shown}] ${durations.join(" ")} ${quotedRune(retries)}}`);
}

/** WORKDIR's directory: relative ones are below the last. */
export function resolveWorkdir(current: string, value: string): string {
  const joined = path.posix.normalize(path.posix.resolve(current, value));
  return joined === "" ? "/" : joined;
}
