import { posix } from "node:path";
import type { Command } from "../builder/dockerfile/ast.ts";
import { expand } from "../builder/dockerfile/expand.ts";
import { healthConfig } from "../builder/dockerfile/healthcheck.ts";
import { parseTrigger } from "../builder/dockerfile/parser.ts";
import { InvalidArgument, messageOf } from "../errdefs/errors.ts";
import type { ImageRunConfig } from "../oci/types.ts";

const defaultShell = ["/bin/sh", "-c"];

/**
 * `docker commit --change` and `docker import --change`: Dockerfile instructions that touch the configuration only.
 * @throws InvalidArgument for other instructions and what cannot be parsed
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const result = structuredClone(config);
  if (changes.length > 0 && changes.every((text) => text.trim() === "")) {
    throw new InvalidArgument("file with no instructions");
  }
  // Before any is carried out.
  changes.filter((text) => text.trim() !== "").forEach(checkKeyword);
  let commandSet = false;
  for (const change of changes.filter((text) => text.trim() !== "")) {
    applyChange(result, change, commandSet);
    commandSet ||= keywordOf(change) === "cmd";
  }
  return result;
}

/** @param commandSet an earlier change was CMD */
function applyChange(config: ImageRunConfig, change: string, commandSet: boolean): void {
  const instruction = parsed(change);
  const value = (text: string) => expanded(text, config).text;
  const words = (text: string) => expanded(text, config).words;
  switch (instruction.kind) {
    case "cmd":
      config.Cmd = argumentsOf(instruction.command, config);
      return;
    case "entrypoint":
      setEntrypoint(config, argumentsOf(instruction.command, config), commandSet);
      return;
    case "env":
      for (const pair of instruction.pairs) {
        const name = value(pair.name);
        const entry = `${name}=${value(pair.value)}`;
        const env = config.Env ?? [];
        const at = env.findIndex((old) => old.startsWith(`${name}=`));
        config.Env = at < 0 ? [...env, entry] : env.with(at, entry);
      }
      return;
    case "label":
      for (const pair of instruction.pairs) {
        config.Labels = { ...config.Labels, [value(pair.name)]: value(pair.value) };
      }
      return;
    case "expose":
      for (const word of instruction.values.flatMap(words)) {
        config.ExposedPorts = { ...config.ExposedPorts, ...portsOf(word) };
      }
      return;
    case "volume":
      for (const path of instruction.values.map(value)) {
        config.Volumes = { ...config.Volumes, [path]: {} };
      }
      return;
    case "user":
      config.User = value(instruction.value);
      return;
    case "workdir":
      config.WorkingDir = posix.resolve("/", config.WorkingDir ?? "", value(instruction.value));
      return;
    case "stopsignal":
      config.StopSignal = value(instruction.value);
      return;
    case "healthcheck":
      config.Healthcheck = healthConfig(instruction);
      return;
    case "onbuild":
      config.OnBuild = [...(config.OnBuild ?? []), instruction.expression];
      return;
    case "shell":
    case "run":
    case "copy":
    case "add":
    case "arg":
    case "maintainer":
    default:
      throw new InvalidArgument(`${keywordOf(change)} is not a valid change command`);
  }
}

/** moby builder/dockerfile, validCommitCommands. */
const valid = new Set("cmd entrypoint healthcheck env expose label onbuild stopsignal user volume workdir".split(" "));

/** An entry point takes an inherited command away; an empty one is none. */
function setEntrypoint(config: ImageRunConfig, words: string[], commandSet: boolean): void {
  config.Entrypoint = words.length === 0 ? null : words;
  if (!commandSet) {
    config.Cmd = null;
  }
}

function keywordOf(change: string): string {
  return change.trim().split(/\s/)[0]?.toLowerCase() ?? "";
}

function checkKeyword(change: string): void {
  if (!valid.has(keywordOf(change))) {
    throw new InvalidArgument(`${keywordOf(change)} is not a valid change command`);
  }
}

function parsed(change: string) {
  try {
    return parseTrigger(change);
  } catch (error) {
    throw new InvalidArgument(plain(error), { cause: error });
  }
}

/** A mistake without its place: there is no file. */
function plain(error: unknown): string {
  return messageOf(error).replace(/^dockerfile parse error on line \d+: /, "");
}

function expanded(text: string, config: ImageRunConfig) {
  const get = (name: string) =>
    (config.Env ?? []).find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  try {
    return expand(text, { get });
  } catch (error) {
    throw new InvalidArgument(plain(error), { cause: error });
  }
}

function argumentsOf(command: Command, config: ImageRunConfig): string[] {
  return command.form === "exec" ? command.args : [...(config.Shell ?? defaultShell), command.line];
}

/** `80`, `53/udp`, `8000-8010/tcp` */
function portsOf(text: string): Record<string, object> {
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first > last || last > 65_535) {
    throw new InvalidArgument(`Invalid containerPort: ${text}`);
  }
  const protocol = (match[3] ?? "tcp").toLowerCase();
  return Object.fromEntries(
    Array.from({ length: last - first + 1 }, (_, index) => [`${first + index}/${protocol}`, {}]),
  );
}
