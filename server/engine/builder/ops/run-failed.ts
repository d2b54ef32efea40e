import type { RunTrouble } from "../../../contract/build-events.ts";
import { limitText } from "../../../contract/size-text.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import { isElsewhere } from "../../network/container-files.ts";
import { formatPrivateHost, parsePrivateHost } from "../../network/private-host.ts";
import { isPublicAddress } from "../../network/public-address.ts";
import type { Policy } from "../../tenants/policy.ts";
import { formatPlatform, hostPlatform } from "../../oci/platform.ts";
import type { Platform } from "../../oci/types.ts";
import type { ResourceUse, StepEnd } from "../../runtime/task.ts";
import { FailedPrecondition, InvalidArgument, NotFound } from "../../errdefs/errors.ts";
import { mistake } from "../mistake.ts";

/** Why a step failed, with what to do about it. */
export interface HelpfulError {
  readonly hint: string | undefined;
  /** the hint without the output, which has been seen already */
  readonly advice?: string | undefined;
  /** what the advice is about */
  readonly trouble?: RunTrouble | undefined;
  /** of a process */
  readonly exitCode?: number;
}

/** A RUN whose program is not in the file system. */
export class ProgramMissing extends InvalidArgument implements HelpfulError {
  readonly hint: string;

  constructor(program: string, isShell: boolean) {
    const hint = isShell
      ? `RUN in its shell form needs a shell, and this image (FROM scratch?) has none: begin with an image that has one, or copy a static program and run it as RUN ["/program"]`
      : `is the path right, and was the program installed or copied before?`;
    super(`${program}: no such file or directory in the image`, mistake({ kind: "program-missing", program, hint }));
    this.hint = hint;
  }
}

/** A secret or an SSH agent that a RUN requires and that was not given. */
export class SecretMissing extends NotFound implements HelpfulError {
  readonly hint: string;

  constructor(type: "secret" | "ssh", id: string) {
    super(type === "secret" ? `secret ${id}: not found` : `unset ssh forward key ${id}`);
    this.hint =
      type === "secret"
        ? `give it with the build: "Build with secrets" in the page's menu of the build, or "secrets" of POST /drydock/v1/builds; without "required" the step runs without it`
        : `give an agent's socket with the build, in "ssh" of POST /drydock/v1/builds; without "required" the step runs without it`;
  }
}

/** How a RUN ended, and within which limits it ran. */
export interface RunOutcome extends StepEnd {
  lastOutput: string;
  /** what VOLUME named, and is not in the file system */
  missing: readonly string[];
  /** of the tenant: all its containers and build steps together; undefined is without */
  limits: { memory?: number; pids?: number };
  rules: Pick<Policy, "name" | "privateAddresses" | "privateHosts">;
  /** of the image that it ran in */
  platform: Platform;
}

/** A RUN that ended with another code than 0. */
export class RunFailed extends FailedPrecondition implements HelpfulError {
  readonly exitCode: number;
  readonly trouble: RunTrouble | undefined;
  readonly advice: string | undefined;
  readonly hint: string | undefined;
  readonly used: ResourceUse;
  /** the file system as it left it, if that was kept */
  left: LayerID | undefined;

  constructor(command: readonly string[], outcome: RunOutcome) {
    super(`The command '${command.join(" ")}' returned a non-zero code: ${outcome.code}`);
    this.exitCode = outcome.code;
    this.used = outcome.used;
    this.trouble = troubleOf(outcome);
    this.advice = this.trouble && adviceFor(this.trouble);
    const output = outcome.lastOutput === "" ? undefined : `Its last output:\n${outcome.lastOutput}`;
    const parts = [this.advice, output].filter((part) => part !== undefined);
    this.hint = parts.length === 0 ? undefined : parts.join("\n");
  }
}

/** What programs say when the kernel refuses them another process or thread. */
const noMoreProcesses = /(fork|clone|vfork|thread|spawn)[^\n]*(Resource temporarily unavailable|EAGAIN)/i;

/** What the kernel says of a file that it cannot execute (ENOEXEC), in the words of runtimes and shells. */
const notExecutable = /exec format error/i;

/** What programs say when a write is refused for want of room. */
const noMoreDisk = /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT|File too large|File size limit exceeded/i;
/** 128 and SIGXFSZ */
const fileTooLarge = 153;

/** What programs say of a connection that was refused, or not let through, with the address and port they wanted. */
const notReached = /(?:refused|unreachable|could ?n[o']t connect|could not connect|failed to connect|EHOSTUNREACH)/i;
const hostAndPort = /\b(\d{1,3}(?:\.\d{1,3}){3})(?::| port:? ?)(\d{1,5})\b/;

/** The first in these lines that is of a private network, and neither the step's own nor this machine. */
function shutHost(output: string): string | undefined {
  for (const line of output.split("\n").filter((each) => notReached.test(each))) {
    const [, address = "", port] = hostAndPort.exec(line) ?? [];
    const host = parsePrivateHost(`${address}:${port}`);
    if (host !== undefined && isElsewhere(address) && !isPublicAddress(address)) return formatPrivateHost(host);
  }
  return undefined;
}

/** What programs say of a path that is not there. */
const notThere = /no such file or directory|nonexistent/i;

/** The volume whose directory is missed in these lines. */
function missedVolume(output: string, missing: readonly string[]): string | undefined {
  const missed = output.split("\n").filter((line) => notThere.test(line));
  // Told of every process that fails, whatever was named: no pattern is made of it.
  return missing.find((volume) =>
    missed.some((line) => line.split(/[\s'"`:,;]+/).some((word) => isWithin(word, volume))),
  );
}

function isWithin(word: string, directory: string): boolean {
  return word === directory || word.startsWith(`${directory}/`);
}

function troubleOf(outcome: RunOutcome): RunTrouble | undefined {
  const { code, oomKilled, lastOutput, limits, rules, platform, missing } = outcome;
  if (oomKilled) return { kind: "memory", ...(limits.memory === undefined ? {} : { limit: limits.memory }) };
  if (limits.pids !== undefined && noMoreProcesses.test(lastOutput)) return { kind: "processes", limit: limits.pids };
  if (notExecutable.test(lastOutput)) {
    const [image, machine] = [formatPlatform(platform), formatPlatform(hostPlatform())];
    return image === machine ? { kind: "format" } : { kind: "otherMachine", image, machine };
  }
  const host = rules.privateAddresses ? undefined : shutHost(lastOutput);
  if (host !== undefined && !rules.privateHosts.includes(host)) {
    return { kind: "privateHost", host, policy: rules.name };
  }
  const volume = missedVolume(lastOutput, missing);
  if (volume !== undefined) return { kind: "volume", volume };
  if (code === fileTooLarge || noMoreDisk.test(lastOutput)) return { kind: "disk" };
  const kind = troubleOfCode[code];
  return kind === undefined ? undefined : { kind };
}

const troubleOfCode: Readonly<Record<number, "notExecutable" | "notFound" | "killed">> = {
  126: "notExecutable",
  127: "notFound",
  137: "killed",
};

function adviceFor(trouble: RunTrouble): string {
  switch (trouble.kind) {
    case "memory": {
      const { limit } = trouble;
      const more =
        limit === undefined
          ? "a higher limit"
          : `a higher limit than ${limitText(limit)} for all builds and containers together`;
      return `It ran out of memory and was killed: it needs less memory, or ${more}.`;
    }
    case "processes":
      return `It could start no more processes: the limit of ${trouble.limit} processes for all builds and containers together was reached.`;
    case "otherMachine":
      return (
        `Its image is for ${trouble.image}, this machine is ${trouble.machine}, and nothing here emulates the other processor: run the step on ` +
        `an image for this machine (FROM --platform=$BUILDPLATFORM, and have the compiler build for $TARGETARCH), or ask ` +
        `the operator to register an emulator with binfmt_misc (Debian's package qemu-user-static).`
      );
    case "volume":
      return (
        `${trouble.volume} does not exist: VOLUME makes no directory, it only notes in the image that containers get a ` +
        `volume there. Make it before: RUN mkdir -p ${trouble.volume}`
      );
    case "privateHost":
      return (
        `${trouble.host} is in a private network, of which the policy ${trouble.policy} lets learners reach only what its rule privateHosts ` +
        `lists. If packages come from there, the operator opens it: sudo ./drydock policy set ${trouble.policy} privateHosts=+${trouble.host}`
      );
    default:
      return advice[trouble.kind];
  }
}

const advice = {
  disk: "It had no room left on the disk, or reached the limit of disk for all images, containers, volumes and files together: docker system prune removes what is not needed.",
  format:
    "The kernel cannot run that file: is it a program for this kind of processor, or a script whose first line is #! and a shell?",
  notExecutable: "Exit code 126 means that a file was found but could not be executed: is it executable?",
  notFound: "Exit code 127 means that a command was not found: is it installed in this image, and spelled right?",
  killed: "Exit code 137 means that it was killed (SIGKILL).",
} as const;

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
