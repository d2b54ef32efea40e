import { NotImplemented, PermissionDenied } from "../../errdefs/errors.ts";
import type { RunInstruction, RunMount } from "../dockerfile/ast.ts";
import { parseHeredocOpener } from "../dockerfile/heredoc.ts";
import { CopyOp } from "../ops/copy.ts";
import { ExecOp } from "../ops/exec.ts";
import type { ExecMount } from "../ops/exec-definition.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import { proxyArguments } from "./arguments.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";
import { makeVertex } from "./vertex.ts";

/** RUN: a vertex that executes a process. */
export async function lowerRun(
  instruction: RunInstruction,
  state: StageState,
  place: Place,
  context: LoweringContext,
): Promise<Vertex<BuildResult>> {
  if (instruction.security === "insecure") {
    throw place.locate(
      new PermissionDenied("RUN --security=insecure is not allowed here: a build step has no privileges"),
    );
  }
  const { request, work, execTools } = context;
  const args = argsOf(instruction, state, place);
  const declared = new Set(state.args.keys());
  const proxies = proxyArguments.flatMap((name) => {
    const value = request.buildArgs[name];
    return value === undefined || declared.has(name) ? [] : [`${name}=${value}`];
  });
  const environment = state.environment();
  const buildArgs = state.argValues().filter((entry) => !environment.has(entry.slice(0, entry.indexOf("="))));
  const inputs: Vertex<BuildResult>[] = [state.vertex];
  const mounts: ExecMount[] = [];
  for (const mount of instruction.mounts) {
    const lowered = await lowerMount(mount, state, place, { inputs, context });
    if (lowered !== undefined) {
      mounts.push(lowered);
    }
  }
  const definition = {
    args,
    env: [...buildArgs, ...(state.config.Env ?? [])],
    cwd: state.workdir,
    user: state.config.User ?? "",
    mounts,
  };
  const settings = {
    network:
      instruction.network === undefined || instruction.network === "default" ? context.network : instruction.network,
    extraHosts: request.extraHosts,
    limits: request.limits,
    ulimits: request.ulimits ?? [],
    shmSize: request.shmSize,
    proxies,
  };
  const op = new ExecOp(definition, settings, work, execTools);
  const vertex = makeVertex(["exec", definition, settings.network], op, inputs, request.noCache);
  const shownArgs = state.argValues();
  const prefix = shownArgs.length === 0 ? "" : `|${shownArgs.length} ${shownArgs.join(" ")} `;
  state.advance(`RUN ${prefix}${args.join(" ")} # buildkit`, vertex);
  return vertex;
}

/** The process's arguments: here-documents become the script, or go on the shell's standard input as written. */
function argsOf(instruction: RunInstruction, state: StageState, place: Place): string[] {
  const { command, heredocs } = instruction;
  if (command.form === "exec") {
    return command.args;
  }
  const [first] = heredocs;
  if (first === undefined) {
    return [...state.shell, command.line];
  }
  if (heredocs.length === 1 && parseHeredocOpener(command.line) !== undefined) {
    const content = first.content;
    if (!content.startsWith("#!")) {
      return [...state.shell, content];
    }
    const interpreter = /^#!\s*(\S+)(?:[ \t]+(.*\S))?/.exec(content);
    if (interpreter?.[1] === undefined) {
      throw place.fail("the here-document's first line names no interpreter after #!");
    }
    const option = interpreter[2] === undefined ? [] : [interpreter[2]];
    // the script is handed over in a file descriptor of the shell's, so that no file of it stays in the layer
    const opened = `exec ${[interpreter[1], ...option].join(" ")} /dev/fd/3 3<<'${first.name}'\n${content}${first.name}\n`;
    return ["/bin/sh", "-c", opened];
  }
  const documents = heredocs.map((heredoc) => `${heredoc.content}${heredoc.name}\n`).join("");
  return [...state.shell, `${command.line}\n${documents}`];
}

async function lowerMount(
  mount: RunMount,
  state: StageState,
  place: Place,
  more: { inputs: Vertex<BuildResult>[]; context: LoweringContext },
): Promise<ExecMount | undefined> {
  const option = (name: string): string | undefined => {
    const value = mount.options[name];
    return value === undefined ? undefined : place.expand(value, state);
  };
  const flag = (name: string): boolean => {
    const value = option(name);
    return value !== undefined && value.toLowerCase() !== "false" && value !== "0";
  };
  const target = option("target") ?? "";
  switch (mount.type) {
    case "tmpfs":
      return { type: "tmpfs", target, size: sizeOf(option("size"), place) };
    case "cache":
      if (option("from") !== undefined) {
        throw place.locate(new NotImplemented("--mount=type=cache with from= is not there yet: leave it out"));
      }
      return {
        type: "cache",
        target,
        id: option("id") ?? target,
        sharing: (option("sharing") ?? "shared") as "shared" | "private" | "locked",
        mode: Number.parseInt(option("mode") ?? "0755", 8),
        uid: Number(option("uid") ?? 0),
        gid: Number(option("gid") ?? 0),
        readonly: flag("readonly"),
      };
    case "bind":
      return bindOf(
        { target, source: option("source") ?? "/", from: option("from"), writable: flag("readwrite") },
        place,
        more,
      );
    case "secret":
    case "ssh":
    default:
      if (flag("required")) {
        throw place.locate(
          new NotImplemented(
            `--mount=type=${mount.type} is required here, and no ${mount.type} can be given to a build yet`,
          ),
        );
      }
      return undefined;
  }
}

async function bindOf(
  mount: { target: string; source: string; from: string | undefined; writable: boolean },
  place: Place,
  { inputs, context }: { inputs: Vertex<BuildResult>[]; context: LoweringContext },
): Promise<ExecMount> {
  const { target, source, writable } = mount;
  if (mount.from !== undefined) {
    inputs.push(await context.sourceVertex(mount.from, place));
    return { type: "bind", target, input: inputs.length - 1, source, writable };
  }
  // what the context holds is copied into a layer first: the process sees what .dockerignore leaves, as it was then
  const definition = {
    keyword: "COPY" as const,
    sources: [source],
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
    context.request.noCache,
  );
  inputs.push(copied);
  return { type: "bind", target, input: inputs.length - 1, source: "/source", writable };
}

/** `64m`, `1g`, bytes without a unit. */
function sizeOf(text: string | undefined, place: Place): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const match = /^(\d+)\s*([kmgt]?)i?b?$/i.exec(text);
  if (match === null) {
    throw place.fail(`invalid size "${text}"`, { hint: "write a number with a unit: 64m, 1g" });
  }
  return Number(match[1]) * 1024 ** " kmgt".indexOf((match[2] ?? "").toLowerCase() || " ");
}
