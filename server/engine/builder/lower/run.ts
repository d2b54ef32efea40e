import { randomBytes } from "node:crypto";
import path from "node:path";
import { NotImplemented, PermissionDenied } from "../../errdefs/errors.ts";
import { normalisePlatform } from "../../oci/platform.ts";
import type { RunInstruction } from "../dockerfile/ast.ts";
import { heredocContent, parseHeredocOpener } from "../dockerfile/heredoc.ts";
import { literally } from "../glob.ts";
import { CopyOp } from "../ops/copy.ts";
import { ExecOp } from "../ops/exec.ts";
import type { ExecMount } from "../ops/exec-definition.ts";
import type { BuildResult } from "../ops/result.ts";
import { SourceImageOp } from "../ops/source-image.ts";
import type { Vertex } from "../solver/types.ts";
import { proxyEnvironment } from "./arguments.ts";
import { givenHostname, inNamespace } from "./built-in-arguments.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";
import { type MountOptions, mountOptions, mountTarget, secretMount, sshMount } from "./run-mount.ts";
import { makeVertex } from "./vertex.ts";

/** RUN: a vertex that executes a process. */
export async function lowerRun(
  instruction: RunInstruction,
  state: StageState,
  place: Place,
  context: LoweringContext,
): Promise<Vertex<BuildResult>> {
  const insecure = instruction.security === "insecure";
  if (insecure && context.request.insecure !== true) {
    const asking = 'a build that is to have it asks for it with "allow": ["security.insecure"]';
    throw place.locate(
      new PermissionDenied("RUN --security=insecure is not allowed here: a build step has no privileges"),
      `${asking} (POST /drydock/v1/builds), where the policy allows --privileged`,
    );
  }
  const [device] = instruction.devices;
  if (device !== undefined) {
    throw place
      .within(device.range)
      .locate(new NotImplemented("RUN --device is not possible here: a build step has no devices of the machine"));
  }
  const { request, work, execTools } = context;
  const args = argsOf(instruction, state, place);
  if (args.run.length === 0) {
    const { Entrypoint, Cmd } = state.config.plain;
    // The classic builder's steps are containers, which then run what the image says.
    if (request.steps !== undefined) args.run = [...(Entrypoint ?? []), ...(Cmd ?? [])];
    if (args.run.length === 0) {
      throw place.fail("RUN requires at least one argument", { hint: "for example: RUN apt-get update" });
    }
  }
  const declared = new Set(state.args.keys());
  const inputs: Vertex<BuildResult>[] = [state.vertex];
  const mounts: ExecMount[] = [];
  const more = { inputs, context, agents: 0, byContent: new Set<number>(), renewed: new Set<string>() };
  const read = instruction.mounts.map((mount) => ({
    options: mountOptions(mount, state, place),
    at: place.within(mount.range),
  }));
  for (const { options, at } of inOrder(read, state.workdir)) {
    mounts.push(await lowerMount(options, state, at, more));
  }
  const hostname = givenHostname(request.buildArgs, place);
  const definition = {
    args: args.run,
    env: withAgent(state.runEnvironment(), mounts),
    cwd: state.workdir,
    user: state.config.plain.User ?? "",
    mounts,
    ...(insecure ? { privileged: true as const } : {}),
    ...(hostname === undefined ? {} : { hostname }),
    ...volumeDirectories(state, context),
  };
  const { config } = state;
  state.ran = config;
  state.container = randomBytes(32).toString("hex");
  const settings = {
    shown: args.shown,
    // The classic builder's steps are containers: their names are their ids.
    hostname: request.steps === undefined || work.epoch !== undefined ? undefined : state.container.slice(0, 12),
    network:
      instruction.network === undefined || instruction.network === "default" ? context.network : instruction.network,
    extraHosts: request.extraHosts,
    limits: request.limits,
    ulimits: request.ulimits ?? [],
    cgroupParent: request.cgroupParent,
    shmSize: request.shmSize,
    proxies: proxyEnvironment(request.buildArgs, declared),
    secrets: request.secrets ?? { values: new Map(), agents: new Map() },
    platform: normalisePlatform(state.base.platform),
    volumes: () => config.volumes(),
    byContent: more.byContent,
    renewed: context.ignoresCache(state) ? more.renewed : new Set<string>(),
  };
  const op = new ExecOp(definition, settings, work, execTools);
  const vertex = makeVertex(["exec", definition, settings.network], op, inputs, context.ignoresCache(state));
  const shownArgs = [...state.args].map(([name, value]) => `${name}=${state.get(name) ?? value ?? ""}`);
  const prefix = shownArgs.length === 0 ? "" : `|${shownArgs.length} ${shownArgs.join(" ")} `;
  state.command = args.shown;
  state.proxied = settings.proxies.length > 0;
  state.advance(`RUN ${prefix}${args.shown.join(" ")} # buildkit`, vertex);
  return vertex;
}

/**
 * The classic builder's steps are containers, for which volumes are mounted: their directories are there, and stay. With
 * BuildKit VOLUME is a note in the image, and makes nothing.
 */
function volumeDirectories({ config, ran }: StageState, { request }: LoweringContext): { directories?: string[] } {
  const directories = request.steps === undefined ? [] : config.volumes(ran);
  return directories.length === 0 ? {} : { directories };
}

interface RunArguments {
  run: string[];
  /** in the history, as BuildKit has them */
  shown: string[];
}

/** The process's arguments: here-documents become the script, or go on the shell's standard input as written. */
function argsOf(instruction: RunInstruction, state: StageState, place: Place): RunArguments {
  const { command, heredocs } = instruction;
  if (command.form === "exec") {
    return { run: command.args, shown: command.args };
  }
  const inShell = (line: string): RunArguments => ({ run: [...state.shell, line], shown: [...state.shell, line] });
  const [first] = heredocs;
  if (first === undefined) {
    return inShell(command.line);
  }
  if (parseHeredocOpener(command.line) === undefined) {
    const documents = heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join("");
    return inShell(command.line + documents);
  }
  const content = heredocContent(first);
  if (!content.startsWith("#!")) {
    return inShell(content);
  }
  const interpreter = /^#!\s*(\S+)(?:[ \t]+(.*\S))?/.exec(content);
  if (interpreter?.[1] === undefined) {
    throw place.fail("the here-document's first line names no interpreter after #!", {
      hint: "write for example #!/bin/bash",
    });
  }
  const option = interpreter[2] === undefined ? [] : [interpreter[2]];
  // the script is handed over in a file descriptor of the shell's, so that no file of it stays in the layer
  const quoted = first.name.replaceAll("'", String.raw`'\''`);
  const opened = `exec ${[interpreter[1], ...option].join(" ")} /dev/fd/3 3<<'${quoted}'\n${content}${first.name}\n`;
  return { run: ["/bin/sh", "-c", opened], shown: [...state.shell, `/dev/pipes/${first.name}`] };
}

/** As with BuildKit: files by where they go, so that what is within another is mounted on it; then what is given. */
function inOrder<Read extends { options: MountOptions; at: Place }>(read: readonly Read[], workdir: string): Read[] {
  const isGiven = ({ options: { type } }: Read): boolean => type === "secret" || type === "ssh";
  const files = read
    .filter((one) => !isGiven(one))
    .map((one) => ({ one, to: mountTarget(one.options, workdir, one.at) }));
  const sorted = files.toSorted((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : 0));
  return [...sorted.map(({ one }) => one), ...read.filter(isGiven)];
}

/** Where programs look for the agent: at the first one, unless the image says where. */
function withAgent(env: string[], mounts: readonly ExecMount[]): string[] {
  const agent = mounts.find((mount) => mount.type === "ssh");
  return agent === undefined || env.some((entry) => entry.startsWith("SSH_AUTH_SOCK="))
    ? env
    : [...env, `SSH_AUTH_SOCK=${agent.target}`];
}

async function lowerMount(
  options: MountOptions,
  state: StageState,
  at: Place,
  more: {
    inputs: Vertex<BuildResult>[];
    context: LoweringContext;
    /** seen so far */
    agents: number;
    byContent: Set<number>;
    /** cache mounts that `--no-cache` begins anew */
    renewed: Set<string>;
  },
): Promise<ExecMount> {
  if (options.type === "secret") {
    return secretMount(options, state.workdir);
  }
  if (options.type === "ssh") {
    return sshMount(options, state.workdir, more.agents++, at);
  }
  const target = mountTarget(options, state.workdir, at);
  switch (options.type) {
    case "tmpfs":
      return { type: "tmpfs", target, size: options.size, ...(options.readonly === true ? { readonly: true } : {}) };
    case "cache": {
      const id = cacheId(options, more.context.request.buildArgs);
      if (hasAccess(options)) more.renewed.add(id);
      return {
        type: "cache",
        target,
        id,
        sharing: options.sharing ?? "shared",
        // as with BuildKit, without a sticky bit
        mode: (options.mode ?? 0o755) & 0o777,
        uid: options.uid ?? 0,
        gid: options.gid ?? 0,
        readonly: options.readonly === true,
        ...(await cacheSource(options, target, at, more)),
      };
    }
    case "bind":
    default:
      return bindOf(
        { target, source: options.source ?? "/", from: options.from, writable: options.readonly === false },
        at,
        {
          ...more,
          state,
        },
      );
  }
}

/** As with BuildKit an owner or a mode of its own makes it another cache of that name. */
function cacheId(options: MountOptions, buildArgs: LoweringContext["request"]["buildArgs"]): string {
  const { id, target = "/", mode, uid, gid } = options;
  const name = inNamespace(id ?? path.posix.normalize(target).replace(/(.)\/$/, "$1"), buildArgs);
  return hasAccess(options) ? JSON.stringify([name, mode ?? 0o755, uid ?? 0, gid ?? 0]) : name;
}

function hasAccess({ mode, uid, gid }: MountOptions): boolean {
  return mode !== undefined || uid !== undefined || gid !== undefined;
}

/** What a new cache begins with, or the part of it that is mounted. */
async function cacheSource(
  options: MountOptions,
  target: string,
  place: Place,
  { inputs, context }: { inputs: Vertex<BuildResult>[]; context: LoweringContext },
): Promise<Pick<ExecMount & { type: "cache" }, "from" | "part">> {
  const source = path.posix.join("/", options.source ?? "");
  if (options.from === undefined) return source === "/" ? {} : { part: source };
  inputs.push(await context.sourceVertex(options.from, place, target));
  return { from: { input: inputs.length - 1, source, ...(hasAccess(options) ? {} : { keepsAccess: true as const }) } };
}

async function bindOf(
  mount: { target: string; source: string; from: string | undefined; writable: boolean },
  place: Place,
  {
    inputs,
    context,
    state,
    byContent,
  }: { inputs: Vertex<BuildResult>[]; context: LoweringContext; state: StageState; byContent: Set<number> },
): Promise<ExecMount> {
  const { target, source, writable } = mount;
  if (mount.from !== undefined) {
    const stage = await context.sourceVertex(mount.from, place, target);
    inputs.push(stage);
    // an image is what its name says: nothing of it need be read
    if (!(stage.op instanceof SourceImageOp)) {
      byContent.add(inputs.length - 1);
    }
    return { type: "bind", target, input: inputs.length - 1, source, writable };
  }
  // what the context holds is copied into a layer first: the process sees what .dockerignore leaves, as it was then
  const definition = {
    keyword: "RUN --mount" as const,
    sources: [literally(source)],
    inline: [],
    destination: "/source",
    chown: undefined,
    chmod: undefined,
    exclude: [],
    parents: false,
    extract: false,
  };
  const copied = makeVertex(
    ["bind-source", definition],
    new CopyOp(definition, context.work),
    [context.scratch(), context.contextVertex()],
    context.ignoresCache(state),
  );
  inputs.push(copied);
  return { type: "bind", target, input: inputs.length - 1, source: "/source", writable };
}
