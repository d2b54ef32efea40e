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
      state.config.OnBuild = [...(state.config.OnBuild ?? []), instruction.expression];
      return;
    case "user":
      state.config.User = place.expand(instruction.value, state);
      state.note(`USER ${state.config.User}`);
      return;
    case "stopsignal":
      state.config.StopSignal = checkedSignal(place.expand(instruction.value, state), place);
      state.note(`STOPSIGNAL ${state.config.StopSignal}`);
      return;
    case "maintainer":
      state.author = instruction.value;
      state.note(`MAINTAINER ${instruction.value}`);
  }
}

function keywordOf(instruction: { text: string }): string {
  return instruction.text.split(" ", 1)[0] ?? "";
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
  state.config.Labels = { ...state.config.Labels, ...Object.fromEntries(expanded) };
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
  const shown = `[${(args ?? []).map((arg) => JSON.stringify(arg)).join(" ")}]`;
  if (kind === "cmd") {
    state.config.Cmd = args;
    state.config.ArgsEscaped = true;
    state.commandSet = true;
    state.note(`CMD ${shown}`);
    return;
  }
  state.config.Entrypoint = args;
  // the base's CMD was meant for the base's ENTRYPOINT
  if (!state.commandSet) {
    delete state.config.Cmd;
  }
  state.note(`ENTRYPOINT ${shown}`);
}

function setList(instruction: ListInstruction, state: StageState, place: Place): void {
  if (instruction.kind === "shell") {
    state.config.Shell = instruction.values;
    state.note(`SHELL [${instruction.values.join(" ")}]`);
    return;
  }
  if (instruction.kind === "expose") {
    const words = instruction.values.flatMap((value) => place.expandWords(value, state));
    const ports = words.flatMap((word) => expandPorts(word, place));
    const added = Object.fromEntries(ports.map((port) => [port, {}]));
    if (ports.length > 0) {
      state.config.ExposedPorts = { ...state.config.ExposedPorts, ...added };
    }
    state.note(
      `EXPOSE map[${Object.keys(added)
        .toSorted()
        .map((port) => `${port}:{}`)
        .join(" ")}]`,
    );
    return;
  }
  const volumes = instruction.values.map((value) => place.expand(value, state));
  if (volumes.some((volume) => volume === "")) {
    throw place.fail("VOLUME specified can not be an empty string");
  }
  state.config.Volumes = { ...state.config.Volumes, ...Object.fromEntries(volumes.map((volume) => [volume, {}])) };
  state.note(`VOLUME [${volumes.join(" ")}]`);
}

/** What it leaves out, a classic build takes from the check before it: its steps are containers of the image so far. */
function setHealthcheck(instruction: HealthcheckInstruction, state: StageState, classic: boolean): void {
  const { interval, timeout, startPeriod, startInterval, retries } = instruction;
  const config = healthConfig(instruction);
  state.config.Healthcheck = classic ? { ...state.config.Healthcheck, ...config } : config;
  const shown = config.Test.map((word) => JSON.stringify(word)).join(" ");
  const durations = [interval, timeout, startPeriod, startInterval].map((value) => `"${formatDuration(value)}"`);
  state.note(`HEALTHCHECK &{[${shown}] ${durations.join(" ")} '\\x${retries.toString(16).padStart(2, "0")}'}`);
}

/** WORKDIR's directory: relative ones are below the last. */
export function resolveWorkdir(current: string, value: string): string {
  const joined = path.posix.normalize(path.posix.resolve(current, value));
  return joined === "" ? "/" : joined;
}
