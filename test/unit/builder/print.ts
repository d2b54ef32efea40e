import type { Command, Dockerfile, Instruction } from "../../../server/engine/builder/dockerfile/ast.ts";
import type { Heredoc } from "../../../server/engine/builder/dockerfile/heredoc.ts";
import { formatDuration } from "../../../server/engine/builder/dockerfile/duration.ts";

/** A Dockerfile that reads as the same instructions: one line each, JSON where there is a choice of exec form. */
export function printDockerfile({ directives, globalArgs, stages }: Dockerfile): string {
  const top = [
    ...(directives.syntax === undefined ? [] : [`# syntax=${directives.syntax}`]),
    ...(directives.check === undefined ? [] : [`# check=${directives.check}`]),
    ...(directives.escape === "\\" ? [] : [`# escape=${directives.escape}`]),
  ];
  const instructions = [...globalArgs, ...stages.flatMap((stage) => [stage.from, ...stage.instructions])];
  return `${[...top, ...instructions.map(printInstruction)].join("\n")}\n`;
}

function printInstruction(instruction: Instruction): string {
  const keyword = instruction.text.split(" ", 1)[0] ?? "";
  const comments = (instruction.comments ?? []).map((comment) => `# ${comment}\n`).join("");
  return `${comments === "" ? "#\n" : `#\n${comments}`}${keyword} ${argumentsOf(instruction)}`;
}

function argumentsOf(instruction: Instruction): string {
  switch (instruction.kind) {
    case "from": {
      const { platform, image, as, aliasWord } = instruction;
      return words(platform === undefined ? "" : `--platform=${platform}`, image.text, as?.text, aliasWord?.text);
    }
    case "run": {
      const { mounts, devices, network, security, command, heredocs } = instruction;
      const flags = [
        ...mounts.map(({ fields }) => {
          const written = fields.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
          return flag("mount", written.map((field) => (/[,"]/.test(field) ? `"${field}"` : field)).join(","));
        }),
        ...devices.map(({ text }) => flag("device", text)),
        flag("network", network),
        flag("security", security),
      ];
      return words(...flags, "--", printCommand(command)) + documents(heredocs);
    }
    case "copy":
    case "add": {
      const { sources, destination, heredocs, from, chown, chmod, exclude, checksum, link, parents } = instruction;
      const flags = [
        flag("from", from?.text),
        flag("chown", chown),
        flag("chmod", chmod),
        flag("checksum", checksum),
        link ? "--link" : "",
        parents ? "--parents" : "",
        flag("unpack", instruction.unpack?.toString()),
        flag("keep-git-dir", instruction.keepGitDir?.toString()),
        ...exclude.map((pattern) => flag("exclude", pattern)),
      ];
      const paths = [...sources, destination].map(({ text }) => text);
      const list = paths.some((text) => /\s/.test(text)) ? JSON.stringify(paths) : paths.join(" ");
      return words(...flags, "--", list) + documents(heredocs);
    }
    case "env":
    case "label":
      return instruction.pairs
        .map(({ name, value, legacy }) => (legacy === true ? `${name} ${value}` : `${name}=${value}`))
        .join(" ");
    case "arg":
      return instruction.args.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join(" ");
    case "cmd":
    case "entrypoint":
      return printCommand(instruction.command);
    case "healthcheck": {
      const { interval, timeout, startPeriod, startInterval, retries, command } = instruction;
      const durations = { interval, timeout, "start-period": startPeriod, "start-interval": startInterval };
      const flags = Object.entries(durations).map(([name, value]) =>
        flag(name, value === 0 ? undefined : formatDuration(value)),
      );
      const test = command === undefined ? "NONE" : `CMD ${printCommand(command)}`;
      return words(...flags, flag("retries", retries === 0 ? undefined : String(retries)), test);
    }
    case "shell":
      return JSON.stringify(instruction.values);
    case "volume":
      return JSON.stringify(instruction.values);
    case "expose":
      return instruction.values.join(" ");
    case "onbuild":
      return instruction.expression;
    default:
      return instruction.value;
  }
}

function printCommand(command: Command): string {
  return command.form === "exec" ? JSON.stringify(command.args) : command.line;
}

/** Quoted, for flags take quotes and escapes away. */
function flag(name: string, value: string | undefined): string {
  return value === undefined ? "" : `--${name}=${value.replaceAll(/[\s\\"'`]/g, String.raw`\$&`)}`;
}

function words(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}

function documents(heredocs: readonly Heredoc[]): string {
  return heredocs.map(({ content, name }) => `\n${content}${name}`).join("");
}
