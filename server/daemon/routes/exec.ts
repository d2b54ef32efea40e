import { z } from "zod";
import { Conflict, InvalidArgument, isEngineError, messageOf, Unknown } from "../../engine/errdefs/errors.ts";
import { publishContainerEvent } from "../../engine/containers/container-events.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { bridge } from "../http/attach.ts";
import { readJson } from "../http/body.ts";
import { DetachKeys } from "../http/detach-keys.ts";
import { frame } from "../http/frames.ts";
import { empty, json, type RawStream, type Reply } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";
import { rawContentType, terminalSize } from "./containers/streams.ts";

type Needs = Pick<TenantEngine, "containers" | "execs" | "events">;

const consoleSize = z.tuple([z.number().int().min(0), z.number().int().min(0)]).nullish();

const createSchema = z.object({
  User: z.string().nullish(),
  Privileged: z.boolean().nullish(),
  Tty: z.boolean().nullish(),
  ConsoleSize: consoleSize,
  AttachStdin: z.boolean().nullish(),
  AttachStdout: z.boolean().nullish(),
  AttachStderr: z.boolean().nullish(),
  DetachKeys: z.string().nullish(),
  Env: z.array(z.string()).nullish(),
  WorkingDir: z.string().nullish(),
  Cmd: z.array(z.string()).nullish(),
});

const startSchema = z.object({
  Detach: z.boolean().nullish(),
  Tty: z.boolean().nullish(),
  ConsoleSize: consoleSize,
});

/** Further processes in a running container. */
export function execRoutes({ containers, execs, events }: Needs): Route[] {
  return [
    route("POST", "/containers/{id*}/exec", async (call) =>
      json({ Id: await create(call, { containers, execs }) }, 201),
    ),
    route("POST", "/exec/{id*}/start", (call) => start(call, { containers, execs, events })),
    route("POST", "/exec/{id*}/resize", async ({ params, query }) => {
      const { columns, rows } = terminalSize(query);
      await execs.resize(params["id"] ?? "", columns, rows);
      return empty(200);
    }),
    route("GET", "/exec/{id*}/json", ({ params }) => json(inspect(params["id"] ?? "", { execs }))),
  ];
}

const goCreate = { type: "types.ExecConfig", empty: "got EOF while reading request body" };
const goStart = { type: "types.ExecStartCheck", empty: "got EOF while reading request body" };

async function create(call: Call, { containers, execs }: Pick<Needs, "containers" | "execs">): Promise<string> {
  const body = await readJson(call, createSchema, [], goCreate);
  const cmd = body.Cmd ?? [];
  if (cmd.length === 0) {
    throw new InvalidArgument("No exec command specified");
  }
  const container = call.params["id"] ?? "";
  containers.get(container);
  escapeKeys(body.DetachKeys ?? "");
  const exec = execs.create(container, {
    cmd,
    env: body.Env ?? [],
    user: body.User ?? "",
    workingDir: body.WorkingDir ?? "",
    tty: body.Tty ?? false,
    attachStdin: body.AttachStdin ?? false,
    attachStdout: body.AttachStdout ?? false,
    attachStderr: body.AttachStderr ?? false,
    privileged: body.Privileged ?? false,
    detachKeys: body.DetachKeys ?? "",
    ...sizeOf(body.ConsoleSize, call.version),
  });
  return exec.id;
}

/** @throws Unknown in dockerd's words, which are others than attach's */
function escapeKeys(keys: string): DetachKeys {
  try {
    return new DetachKeys(keys === "" ? undefined : keys);
  } catch (error) {
    throw isEngineError(error, "invalid_argument")
      ? new Unknown(`Invalid escape keys (${keys}) provided`, { cause: error })
      : error;
  }
}

/** `[rows, columns]` as the API has it since 1.42. */
function sizeOf(
  size: [number, number] | null | undefined,
  version: ApiVersion,
): { size?: { columns: number; rows: number } } {
  return size === null || size === undefined || size[0] === 0 || !atLeast(version, "1.42")
    ? {}
    : { size: { rows: size[0], columns: size[1] } };
}

async function start(call: Call, { containers, execs, events }: Needs): Promise<Reply> {
  const body = await readJson(call, startSchema, [], goStart);
  const exec = execs.get(call.params["id"] ?? "");
  if (exec.running || exec.exitCode !== undefined) {
    throw new Conflict(`Error: Exec command ${exec.id} ${exec.running ? "is already running" : "has already run"}`);
  }
  // As dockerd, which goes by what the start says, whatever the exec was made with.
  const raw = body.Tty ?? false;
  const size = raw ? sizeOf(body.ConsoleSize, call.version) : {};
  if (body.Detach === true) {
    await execs.start(exec.id, { detach: true, ...size });
    return empty(200);
  }
  const keys = escapeKeys(exec.detachKeys);
  const stop = new AbortController();
  call.signal.addEventListener("abort", () => stop.abort(call.signal.reason));
  const run = async (stream: RawStream) => {
    let streams;
    try {
      streams = await execs.start(exec.id, { detach: false, signal: stop.signal, ...size });
    } catch (error) {
      // The connection is a raw stream by now: dockerd, too, tells the reason there; the exit code is 126 or 127.
      const message = Buffer.from(`${messageOf(error)}\r\n`);
      await stream.write(raw ? message : frame("stdout", message));
      return;
    }
    if (streams === undefined) {
      return;
    }
    await bridge(stream, streams, {
      stdout: exec.attachStdout,
      stderr: exec.attachStderr,
      multiplexed: !raw,
      detachKeys: keys,
      stop,
      onDetach: () =>
        publishContainerEvent(events, containers.get(exec.containerId), "exec_detach", { execID: exec.id }),
    });
  };
  return { kind: "hijack", opening: { contentType: rawContentType(call.version, raw) }, run };
}

function inspect(id: string, { execs }: Pick<Needs, "execs">): object {
  const exec = execs.get(id);
  return {
    ID: exec.id,
    Running: exec.running,
    ExitCode: exec.exitCode ?? null,
    ProcessConfig: {
      tty: exec.tty,
      entrypoint: exec.cmd[0] ?? "",
      arguments: exec.cmd.slice(1),
      privileged: exec.privileged,
      ...(exec.user === "" ? {} : { user: exec.user }),
    },
    OpenStdin: exec.attachStdin,
    OpenStderr: exec.attachStderr,
    OpenStdout: exec.attachStdout,
    CanRemove: false,
    ContainerID: exec.containerId,
    DetachKeys: exec.detachKeys,
    Pid: exec.pid,
  };
}
